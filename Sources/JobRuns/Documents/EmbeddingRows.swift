import Documents
import Jobs

/// The assembler of embedding rows: one for a document, for each window, or for each text of an OpenAI batch line.
final class EmbeddingRows: RowAssembler {
    private let options: EmbedOptions
    private let setting: RowSetting
    /// The number of embeddings written to the row of an OpenAI batch line.
    private var written: Int

    init(_ options: EmbedOptions, _ setting: RowSetting, keeping progress: OpenDocument.Progress) {
        self.options = options
        self.setting = setting
        written = progress.sample
    }

    private var header: DocumentHeader { setting.header }
    private var document: ReadDocument { setting.document }
    private var rows: Spool<UInt8> { setting.rows }

    func record(_ output: StepOutput) throws {
        for embedding in output.embeddings { try add(embedding) }
    }

    private func add(_ embedding: StepOutput.Embedding) throws {
        if let batchID = header.batchID {
            var row = BatchEmbeddingRow(customID: header.id, batchID: batchID, written: written)
            written += 1
            return try rows.append(row.append(embedding.vector, options.encoding))
        }
        guard options.windowTokens != nil else {
            let row = DocumentEmbeddingRow(
                id: header.id, sample: header.sample, embedding: embedding.vector, encoding: options.encoding,
                tokenCount: document.tokens.count, byteCount: document.textBytes)
            return try rows.append(row.line)
        }
        let bytes = try document.windowBytes(embedding.window)
        let row = WindowEmbeddingRow(
            id: header.id, sample: header.sample, window: embedding.window, tokens: embedding.tokens,
            bytes: bytes.map { $0.lowerBound + header.byteOffset..<$0.upperBound + header.byteOffset },
            embedding: embedding.vector, encoding: options.encoding)
        guard options.text else { return try row.write { try self.rows.append($0) } }
        try row.write { body in
            guard let bytes else { return }
            try self.document.forEachPieceOfText(bytes, body)
        } emit: {
            try self.rows.append($0)
        }
    }

    func finish() throws {
        guard let batchID = header.batchID else { return }
        var row = BatchEmbeddingRow(customID: header.id, batchID: batchID, written: written)
        try rows.append(row.finish(model: setting.modelName, promptTokens: document.tokens.count))
    }

    func note(in progress: inout OpenDocument.Progress) {
        progress.sample = written
    }

    func restart(from progress: OpenDocument.Progress) {
        written = progress.sample
    }
}

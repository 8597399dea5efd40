extension Checkpoint {
    /// Everything that is wrong with the tensors for a model: which are missing, misshapen, of a type that is not read,
    /// not finite, left over, or not what they should equal. Empty if the model can be used.
    ///
    /// Reads every number once and keeps none.
    ///
    /// - Parameter atMost: where to stop looking.
    public func problems(for configuration: ModelConfiguration, atMost limit: Int = .max) -> [ModelError] {
        let names = TensorNames(source.names)
        var problems: [ModelError] = []
        var known: Set<String> = []
        for (name, shape) in configuration.tensorShapes {
            guard problems.count < limit else { return problems }
            let stored = names.stored(name)
            known.insert(stored)
            // Embeddings need no head: `lacksHead` says so to whoever does.
            if name == Self.head, source.shape(of: stored) == nil { continue }
            if let problem = problem(stored, shape: shape) { problems.append(problem) }
            source.releasePages()
        }
        if configuration.tiesEmbeddings {
            known.insert(names.stored(Self.head))
            if let problem = tieProblem(names.stored(Self.embedding), names.stored(Self.head)) {
                problems.append(problem)
            }
        }
        let left = source.names.subtracting(known).sorted()
        if !left.isEmpty { problems.append(.leftOverTensors(left, file: source.file)) }
        return Array(problems.prefix(limit))
    }

    /// Whether there are no rows that tokens could be scored with: the checkpoint holds the model below its head alone.
    public func lacksHead(of configuration: ModelConfiguration) -> Bool {
        !configuration.tiesEmbeddings && source.shape(of: TensorNames(source.names).stored(Self.head)) == nil
    }

    private static let embedding = "backbone.embeddings.weight"
    private static let head = "lm_head.weight"

    private func problem(_ name: String, shape: [Int]) -> ModelError? {
        guard let found = source.shape(of: name) else { return .missingTensor(name, file: source.file) }
        let file = source.file(of: name)
        guard found == shape else { return .misshapenTensor(name, shape: found, expected: shape, file: file) }
        do throws(ModelError) {
            return try source.isFinite(name) ? nil : .notFinite(tensor: name, file: file)
        } catch {
            return error
        }
    }

    /// A tied model whose checkpoint has another head as well: mamba_ssm would take the one, transformers the other.
    private func tieProblem(_ embedding: String, _ headName: String) -> ModelError? {
        do throws(ModelError) {
            guard let head = try source.tensor(headName, expecting: []) else { return nil }
            guard let tensor = try source.tensor(embedding, expecting: []) else { return nil }
            guard head.shape != tensor.shape || head.elements != tensor.elements else { return nil }
            return .unequalTensors(headName, embedding, file: source.file(of: headName))
        } catch {
            return error
        }
    }
}

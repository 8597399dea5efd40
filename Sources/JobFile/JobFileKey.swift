internal import Jobs

/// A key of a job file, as `longscan help job` explains it.
public struct JobFileKey: Sendable {
    /// The name, with the section before a dot: `embed.pooling`.
    public var name: String
    /// The default; `nil` for a required key.
    public var standard: String?
    public var meaning: String

    init(_ name: String, _ standard: String?, _ meaning: String) {
        self.name = name
        self.standard = standard
        self.meaning = meaning
    }

    /// All keys of job files, in the usual order.
    public static let all: [JobFileKey] =
        [
            JobFileKey("task", nil, "The work on every document: embed, generate or score."),
            JobFileKey(
                "model", nil,
                "The model's directory, or its id on the Hugging Face hub (owner/name) in the local cache."),
            JobFileKey(
                "input", nil,
                "The documents: a file, a pattern (*, ?, [a-z], **), a directory, - for standard input; "
                    + "or a list of these."
            ),
            JobFileKey(
                "input.path", nil,
                "The path, if input is a mapping with more keys: {path: logs/*.log, format: lines}."),
            JobFileKey(
                "input.as", "the path",
                "The name of the path in ids: documents keep theirs if the job file or the files move. A pattern ends "
                    + "as the path does."),
            JobFileKey(
                "input.format", "by name",
                "The format of the files: text (one document a file), lines (one a line), jsonl, json, csv or fasta."),
            JobFileKey("input.text_key", "text", "The member or column that holds the text, in jsonl, json and csv."),
            JobFileKey("input.id_key", "id", "The member or column that holds the id, in jsonl, json and csv."),
            JobFileKey("output", nil, "The file for the rows; its name ends in .jsonl."),
            JobFileKey(
                "dtype", "f32",
                "The data type of the linear layers: f32, or bf16, which is faster and a little less exact."),
            JobFileKey(
                "chunk_tokens", "2048", "The most tokens of one step, a multiple of 256. It changes no result."),
            JobFileKey(
                "max_errors", "null",
                "The most error rows before the job stops: a number, or a part of documents such as 1%. null: no limit."
            ),
            JobFileKey(
                "embed.pooling", "mean",
                "The hidden rows of an embedding: the mean of all, or the last, which depends on all before it."),
            JobFileKey(
                "embed.every", "document",
                "A row for each document, or a number N: a row for every N tokens, with everything before as context."),
            JobFileKey("embed.normalize", "true", "Scales each embedding to length 1."),
            JobFileKey("embed.encoding", "float", "float: a list of numbers; base64: of little-endian float32."),
            JobFileKey("embed.text", "false", "With every: N: puts each window's text in its row."),
        ] + GenerateOption.ofJobFiles.map { JobFileKey("generate." + $0.key, $0.standard, $0.meaning ?? "") } + [
            JobFileKey(
                "score.per", "document", "document: one row a document; token: also the log probability of each token."
            ),
            JobFileKey(
                "score.logprobs", "false",
                "With 'per: token': adds is_greedy, whether each token is the likeliest at its place."),
            JobFileKey(
                "score.window", "null",
                "null: every token is scored with everything before it; N: the state is reset every N tokens."),
        ]

    /// The keys of a section, without the section's name.
    /// - Parameter section: the section's name and a dot; empty for the top level of the file.
    static func names(below section: String) -> [String] {
        guard section.isEmpty else {
            return all.filter { $0.name.hasPrefix(section) }.map { String($0.name.dropFirst(section.count)) }
        }
        return all.reduce(into: []) { names, key in
            let name = String(key.name.prefix { $0 != "." })
            if !names.contains(name) { names.append(name) }
        }
    }

    /// The sections that have a key, in the form that ``names(below:)`` takes.
    static func sections(of name: String) -> [String] {
        all.filter { $0.name == name || $0.name.hasSuffix("." + name) }.map { String($0.name.dropLast(name.count)) }
    }
}

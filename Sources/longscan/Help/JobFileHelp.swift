import JobFile

/// The text of `longscan help job`: every key of a job file.
enum JobFileHelp {
    /// The columns that every terminal has.
    private static let width = 80

    static var text: String {
        let example = """
            A job file names a task, a model and documents. It is YAML or JSON:

              task: embed
              model: /models/mamba2-130m-hf
              input: documents/*.txt
              output: out/embeddings.jsonl
              embed:
                every: 2048

            Paths are relative to the file; '..' may be in them, '~' and '$NAME' are not
            expanded. --set KEY=VALUE replaces any key:

              longscan run job.yaml --set embed.every=512

            The keys, with their defaults:


            """
        return example + JobFileKey.all.map(explained).joined() + """

            'longscan run job.yaml --dry-run' checks a job file without running it.

            """
    }

    private static func explained(_ key: JobFileKey) -> String {
        let standard = key.standard.map { "(\($0))" } ?? "(required)"
        let lines = wrapped(key.meaning, width: width - 6).map { "      \($0)\n" }
        return "  \(key.name)  \(standard)\n" + lines.joined()
    }

    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}

internal import Jobs
internal import Yams

/// A mapping of a job file. Its keys are read one by one; keys that were never read are unknown.
struct YAMLSection {
    /// The overrides from which values come, by key.
    typealias Origins = [String: JobFile.Override]

    let file: String
    /// The path of the section: the keys of its parents, each followed by a dot.
    let path: String
    private let origins: Origins
    /// The override from which the whole section comes; `nil` for the file.
    private let origin: JobFile.Override?
    private var entries: [(key: String, line: Int?, node: Node)] = []
    private var taken: [String] = []

    init(
        file: String, path: String = "", node: Node, origins: Origins = [:], origin: JobFile.Override? = nil
    ) throws(JobFileError) {
        self.file = file
        self.path = path
        self.origins = origins
        self.origin = origin
        guard case .mapping(let mapping) = node else {
            let value = YAMLValue(
                file: file, key: String(path.dropLast()), line: node.mark?.line, node: node, origin: origin)
            throw value.error("keys and values belong here, as in 'task: embed'")
        }
        for (key, value) in mapping {
            guard let name = key.string else {
                throw JobFileError(file: file, line: key.mark?.line, message: "a key must be a word")
            }
            entries.append((name, key.mark?.line, value))
        }
    }

    /// The value of a key; `nil` if it is missing or null. The key counts as known afterwards.
    mutating func value(_ key: String) -> YAMLValue? {
        taken.append(key)
        guard let entry = entries.first(where: { $0.key == key }), entry.node.null == nil else { return nil }
        return YAMLValue(
            file: file, key: path + key, line: entry.node.mark?.line ?? entry.line, node: entry.node,
            origin: origins[path + key] ?? origin)
    }

    mutating func section(_ key: String) throws(JobFileError) -> YAMLSection? {
        guard let value = value(key) else { return nil }
        return try YAMLSection(
            file: file, path: path + key + ".", node: value.node, origins: origins, origin: value.origin)
    }

    mutating func required(_ key: String, example: String) throws(JobFileError) -> YAMLValue {
        if let value = value(key) { return value }
        if let empty = entries.first(where: { $0.key == key }) {
            throw error(key, empty.line, "has no value; for example '\(key): \(example)'")
        }
        // A misspelled key is a missing key, too.
        let known = JobFileKey.names(below: path)
        let unknown = entries.first { Spelling.nearest(to: $0.key, among: known) == key }
        if let unknown { throw self.unknown(unknown.key, unknown.line, known: known) }
        throw JobFileError(file: file, key: path + key, message: "is missing; for example '\(key): \(example)'")
    }

    func refuseUnknownKeys() throws(JobFileError) {
        guard let entry = entries.first(where: { !taken.contains($0.key) }) else { return }
        throw unknown(entry.key, entry.line, known: taken)
    }

    private func unknown(_ key: String, _ line: Int?, known: [String]) -> JobFileError {
        var message = "unknown key; "
        let sections = JobFileKey.sections(of: key).filter { $0 != path }
        if let place = sections.first {
            message +=
                place.isEmpty ? "it belongs at the top of the file; " : "it belongs below '\(place.dropLast()):'; "
        } else if let nearest = Spelling.nearest(to: key, among: known) {
            message += "did you mean '\(nearest)'? "
        }
        return error(key, line, message + "known here: \(known.joined(separator: ", "))")
    }

    /// The error of an invalid value.
    func error(_ problem: OptionProblem) -> JobFileError {
        let line = entries.first { $0.key == problem.key }.map { $0.node.mark?.line ?? $0.line }
        return error(problem.key, line ?? nil, problem.message)
    }

    private func error(_ key: String, _ line: Int?, _ message: String) -> JobFileError {
        YAMLValue(
            file: file, key: path + key, line: line, node: Node(""), origin: origins[path + key] ?? origin
        ).error(message)
    }
}

/// A value of a job file, converted to the expected type or refused with its place.
struct YAMLValue {
    let file: String
    let key: String
    let line: Int?
    let node: Node
    /// The override that replaced the file's value.
    var origin: JobFile.Override?

    func error(_ message: String, kind: JobFileError.Kind = .data) -> JobFileError {
        error(message, kind: kind, line: line)
    }

    private func error(_ message: String, kind: JobFileError.Kind = .data, line: Int?) -> JobFileError {
        guard let origin else {
            return JobFileError(kind: kind, file: file, line: line, key: key.isEmpty ? nil : key, message: message)
        }
        let isWhole = origin.key.joined(separator: ".") == key
        return JobFileError(kind: kind, file: origin.name, key: isWhole ? nil : key, message: message)
    }

    /// The value as written in the file, for messages.
    var text: String { plainText ?? "(a list or mapping)" }

    /// The text of a scalar; `nil` for a list or mapping.
    var plainText: String? { node.scalar?.string }

    func string() throws(JobFileError) -> String {
        guard let string = node.scalar?.string else { throw error("text belongs here") }
        return string
    }

    /// The absolute path.
    /// - Parameter directory: the base directory of a relative path.
    func path(in directory: String) throws(JobFileError) -> String {
        let path = try string()
        if let hint = AbsolutePath.shellWord(in: path, of: directory) { throw error(hint) }
        return path
    }

    func bool() throws(JobFileError) -> Bool {
        guard let bool = node.bool else { throw error("true or false belongs here, not '\(text)'") }
        return bool
    }

    func integer(_ range: OptionRange<Int>) throws(JobFileError) -> Int {
        guard let integer = wholeNumber, range.contains(integer) else { throw error(range.refusal(of: text)) }
        return integer
    }

    /// An integer. A sexagesimal number (`1:30`, YAML 1.1) is read as floating-point, because Yams multiplies integers
    /// without an overflow check.
    private var wholeNumber: Int? {
        text.contains(":") ? node.float.flatMap { Int(exactly: $0) } : node.int
    }

    func number(_ range: OptionRange<Double>) throws(JobFileError) -> Double {
        guard let number = node.float, range.contains(number) else { throw error(range.refusal(of: text)) }
        return number
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ type: Choice.Type = Choice.self
    ) throws(JobFileError) -> Choice {
        guard let choice = node.scalar.flatMap({ Choice(rawValue: $0.string) }) else {
            throw error("\(Choice.allCases.map(\.rawValue).joined(separator: " or ")) belongs here, not '\(text)'")
        }
        return choice
    }

    var isMapping: Bool {
        if case .mapping = node { true } else { false }
    }

    /// The elements of a list; `nil` for other values.
    var elements: [YAMLValue]? {
        guard case .sequence(let sequence) = node else { return nil }
        return sequence.map { YAMLValue(file: file, key: key, line: $0.mark?.line ?? line, node: $0, origin: origin) }
    }

    /// The text, or the texts of a list.
    func strings() throws(JobFileError) -> [String] {
        if let string = node.scalar?.string { return [string] }
        guard case .sequence(let sequence) = node else { throw error("text or a list of texts belongs here") }
        var strings: [String] = []
        for element in sequence {
            guard let string = element.scalar?.string else {
                throw error("text belongs in this list", line: element.mark?.line)
            }
            strings.append(string)
        }
        return strings
    }
}

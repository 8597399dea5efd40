internal import Yams

/// A mapping of a job file whose keys are taken one by one, so that what is left over in the end was unknown.
struct YAMLSection {
    let file: String
    /// The keys above, with a dot behind each.
    let path: String
    let line: Int?
    private var entries: [(key: String, line: Int?, node: Node)] = []
    private var taken: [String] = []

    init(file: String, path: String = "", node: Node) throws(JobFileError) {
        self.file = file
        self.path = path
        line = node.mark?.line
        guard case .mapping(let mapping) = node else {
            throw JobFileError(
                file: file, line: line, key: path.isEmpty ? nil : String(path.dropLast()),
                message: "keys and values belong here, as in 'task: embed'")
        }
        for (key, value) in mapping {
            guard let name = key.string else {
                throw JobFileError(file: file, line: key.mark?.line, message: "a key must be a word")
            }
            let line = key.mark?.line
            entries.append((name, line, value))
        }
    }

    /// The value of a key, if it is there and not null. Asking for it makes the key a known one.
    mutating func value(_ key: String) -> YAMLValue? {
        taken.append(key)
        guard let entry = entries.first(where: { $0.key == key }), entry.node.null == nil else { return nil }
        return YAMLValue(file: file, key: path + key, line: entry.node.mark?.line ?? entry.line, node: entry.node)
    }

    mutating func section(_ key: String) throws(JobFileError) -> YAMLSection? {
        guard let value = value(key) else { return nil }
        return try YAMLSection(file: file, path: path + key + ".", node: value.node)
    }

    mutating func required(_ key: String, example: String) throws(JobFileError) -> YAMLValue {
        guard let value = value(key) else {
            throw JobFileError(file: file, key: path + key, message: "is missing; for example '\(key): \(example)'")
        }
        return value
    }

    func refuseUnknownKeys() throws(JobFileError) {
        guard let unknown = entries.first(where: { !taken.contains($0.key) }) else { return }
        throw JobFileError(
            file: file, line: unknown.line, key: path + unknown.key,
            message: "unknown key; known here: \(taken.joined(separator: ", "))")
    }
}

/// A value of a job file that is read as what it should be, or refused with its place.
struct YAMLValue {
    let file: String
    let key: String
    let line: Int?
    let node: Node

    func error(_ message: String, kind: JobFileError.Kind = .data) -> JobFileError {
        JobFileError(kind: kind, file: file, line: line, key: key, message: message)
    }

    /// The value as it stands in the file, for messages.
    var text: String { plainText ?? "(a list or mapping)" }

    /// `nil` for a list or mapping.
    var plainText: String? { node.scalar?.string }

    func string() throws(JobFileError) -> String {
        guard let string = node.scalar?.string else { throw error("text belongs here") }
        return string
    }

    func bool() throws(JobFileError) -> Bool {
        guard let bool = node.bool else { throw error("true or false belongs here, not '\(text)'") }
        return bool
    }

    func integer(_ range: ClosedRange<Int>) throws(JobFileError) -> Int {
        guard let integer = wholeNumber, range.contains(integer) else {
            let bounds =
                range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
            throw error("a whole number of \(bounds) belongs here, not '\(text)'")
        }
        return integer
    }

    /// A number in base 60 (`1:30`, YAML 1.1) is read as a floating one: Yams multiplies whole ones without a look at overflow.
    private var wholeNumber: Int? {
        text.contains(":") ? node.float.flatMap { Int(exactly: $0) } : node.int
    }

    func number(_ range: ClosedRange<Double>) throws(JobFileError) -> Double {
        guard let number = node.float, number.isFinite, range.contains(number) else {
            let bounds =
                range.upperBound == .infinity
                ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
            throw error("a number of \(bounds) belongs here, not '\(text)'")
        }
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

    /// Of a list.
    var elements: [YAMLValue]? {
        guard case .sequence(let sequence) = node else { return nil }
        return sequence.map { YAMLValue(file: file, key: key, line: $0.mark?.line ?? line, node: $0) }
    }

    /// One text, or a list of them.
    func strings() throws(JobFileError) -> [String] {
        if let string = node.scalar?.string { return [string] }
        guard case .sequence(let sequence) = node else { throw error("text or a list of texts belongs here") }
        var strings: [String] = []
        for element in sequence {
            guard let string = element.scalar?.string else {
                throw JobFileError(file: file, line: element.mark?.line, key: key, message: "text belongs in this list")
            }
            strings.append(string)
        }
        return strings
    }
}

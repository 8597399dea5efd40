import FoundationEssentials
public import Jobs
internal import Yams

/// A job file: YAML (and so JSON too) that says what is done with which documents.
///
/// Paths in it are relative to the file. Everything is checked before anything runs: an unknown key, a wrong type or
/// value is an error with file, line and key.
public struct JobFile {
    /// A field set on the command line: `generate.seed=7`.
    public struct Override: Sendable, Equatable {
        public var key: [String]
        public var yaml: String

        /// - Returns: `nil` where the text is not `key=value`.
        public init?(_ text: String) {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { return nil }
            key = text[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard !key.contains("") else { return nil }
            yaml = String(text[text.index(after: equals)...])
        }
    }

    /// Where the model is that a job file names: `name` as the file has it, `path` where it is if it is a path.
    public typealias ModelSearch = (_ name: String, _ path: String) throws(ModelNotFound) -> String

    /// Why a model was not found, in words.
    public struct ModelNotFound: Error {
        public var message: String

        public init(message: String) {
            self.message = message
        }
    }

    /// Reads a job file.
    /// - Parameters:
    ///   - path: relative to `currentDirectory`, or absolute.
    ///   - overrides: fields that take the place of the file's.
    ///   - model: finds the model; without it, what the file names is taken for a path.
    /// - Throws: ``JobFileError``.
    public static func job(
        at path: String, currentDirectory: String, overrides: [Override] = [],
        model: ModelSearch = { (_, path) throws(ModelNotFound) in path }
    ) throws(JobFileError) -> Job {
        let absolute = AbsolutePath.of(path, in: currentDirectory)
        guard FileManager.default.fileExists(atPath: absolute) else {
            throw JobFileError(kind: .missing, file: path, message: "no such file")
        }
        guard let data = FileManager.default.contents(atPath: absolute) else {
            throw JobFileError(kind: .missing, file: path, message: "cannot be read")
        }
        let text: String
        do throws(WrittenText.NotUTF8) {
            text = try WrittenText.text(of: data)
        } catch {
            throw JobFileError(file: path, message: error.message)
        }
        return try job(
            yaml: text, file: path, directory: AbsolutePath.parent(of: absolute), overrides: overrides, model: model)
    }

    /// - Parameters:
    ///   - file: the file's name in error messages.
    ///   - directory: what paths in the file are relative to.
    public static func job(
        yaml: String, file: String, directory: String, overrides: [Override] = [],
        model: ModelSearch = { (_, path) throws(ModelNotFound) in path }
    ) throws(JobFileError) -> Job {
        var root = try parsed(yaml, file: file) ?? .mapping(.init([]))
        for override in overrides {
            let value = try parsed(override.yaml, file: "--set") ?? .scalar(.init("null"))
            root = setting(override.key[...], to: value, in: root)
        }
        var section = try YAMLSection(file: file, node: root)
        return try JobDecoding(directory: directory).job(&section, model: model)
    }

    private static func parsed(_ yaml: String, file: String) throws(JobFileError) -> Node? {
        do {
            return try Yams.compose(yaml: quotingStandardInput(yaml))
        } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
            let key = keys.first ?? ""
            throw JobFileError(file: file, line: context.mark.line, key: key, message: "given twice")
        } catch let error as YamlError {
            throw JobFileError(file: file, line: error.line, message: "not YAML: \(error.reason)")
        } catch {
            throw JobFileError(file: file, message: "not YAML: \(error)")
        }
    }

    /// YAML with `-` in quotes where it is all that is behind `input:` or a key's `--set`: there YAML takes it for the
    /// beginning of a list, and nobody means one.
    private static func quotingStandardInput(_ yaml: String) -> String {
        if yaml == "-" { return "'-'" }
        return yaml.replacing(/(?m)^([ \t-]*(?:input|path)[ \t]*:[ \t]+)-(?=[ \t]*(?:#.*)?$)/) { "\($0.1)'-'" }
    }

    private static func setting(_ key: ArraySlice<String>, to value: Node, in node: Node) -> Node {
        guard let name = key.first else { return value }
        var mapping = node.mapping ?? Node.Mapping([])
        let node = Node(name)
        mapping[node] = setting(key.dropFirst(), to: value, in: mapping[node] ?? .mapping(.init([])))
        return .mapping(mapping)
    }
}

extension YamlError {
    fileprivate var line: Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        default: nil
        }
    }

    fileprivate var reason: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        default: "\(self)"
        }
    }
}

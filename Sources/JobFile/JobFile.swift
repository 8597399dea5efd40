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
        /// What errors call it, instead of the file: `--set generate.seed`.
        public var name: String

        /// - Returns: `nil` where the text is not `key=value`.
        public init?(_ text: String) {
            self.init(text, name: nil)
        }

        /// - Parameter name: what errors call it, if not `--set` and the key.
        /// - Returns: `nil` where the text is not `key=value`.
        public init?(_ text: String, name: String?) {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { return nil }
            key = text[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard !key.contains("") else { return nil }
            yaml = String(text[text.index(after: equals)...])
            self.name = name ?? "--set \(key.joined(separator: "."))"
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
            throw JobFileError(
                kind: .missing, file: path, message: "no such file" + Spelling.advice(onMissing: absolute))
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
        var origins: YAMLSection.Origins = [:]
        for override in overrides {
            let value = try parsed(override)
            origins[firstNewKey(override.key, in: root)] = override
            root = setting(override.key[...], to: value, in: root)
        }
        var section = try YAMLSection(file: file, node: root, origins: origins)
        return try JobDecoding(directory: directory).job(&section, model: model)
    }

    private static func parsed(_ yaml: String, file: String) throws(JobFileError) -> Node? {
        do {
            return try Yams.compose(yaml: JSONAsYAML.text(quotingStandardInput(yaml)))
        } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
            let key = keys.first ?? ""
            throw JobFileError(file: file, line: context.mark.line, key: key, message: "given twice")
        } catch let error as YamlError {
            throw JobFileError(file: file, line: error.mark?.line, message: YAMLMistake(error, in: yaml).description)
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

    private static func parsed(_ override: Override) throws(JobFileError) -> Node {
        do throws(JobFileError) {
            // Nothing is null, as behind a key of a file.
            let null = try parsed("null", file: override.name) ?? Node("")
            return try parsed(override.yaml, file: override.name) ?? null
        } catch {
            throw JobFileError(file: override.name, message: "\(error.message): '\(override.yaml)'")
        }
    }

    /// The key of what an override puts in: of the uppermost mapping that was not there, or its own.
    private static func firstNewKey(_ key: [String], in root: Node) -> String {
        var node: Node? = root
        for count in 1..<key.count {
            node = node?.mapping?[Node(key[count - 1])]
            if node == nil { return key.prefix(count).joined(separator: ".") }
        }
        return key.joined(separator: ".")
    }

    private static func setting(_ key: ArraySlice<String>, to value: Node, in node: Node) -> Node {
        guard let name = key.first else { return value }
        var mapping = node.mapping ?? Node.Mapping([])
        let node = Node(name)
        mapping[node] = setting(key.dropFirst(), to: value, in: mapping[node] ?? .mapping(.init([])))
        return .mapping(mapping)
    }
}

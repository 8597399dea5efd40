import FoundationEssentials
public import Jobs
internal import Yams

/// A job file in YAML, and so also in JSON.
///
/// Paths are relative to the file. Everything is checked before the job runs. An unknown key and a wrong type or value
/// are errors with file, line and key.
public struct JobFile {
    /// A field set on the command line: `generate.seed=7`.
    public struct Override: Sendable, Equatable {
        public var key: [String]
        public var yaml: String
        /// The name in errors, instead of the file's: `--set generate.seed`.
        public var name: String

        /// - Returns: `nil` if the text is not `key=value`.
        public init?(_ text: String) {
            self.init(text, name: nil)
        }

        /// - Parameter name: the name in errors; `nil` for `--set` and the key.
        /// - Returns: `nil` if the text is not `key=value`.
        public init?(_ text: String, name: String?) {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { return nil }
            key = text[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard !key.contains("") else { return nil }
            yaml = String(text[text.index(after: equals)...])
            self.name = name ?? "--set \(key.joined(separator: "."))"
        }
    }

    /// A search for the model of a job file. `name` is the model as written, `path` its absolute path if it is a path.
    public typealias ModelSearch = (_ name: String, _ path: String) throws(ModelNotFound) -> String

    /// The reason why a model was not found, in words.
    public struct ModelNotFound: Error {
        public var message: String

        public init(message: String) {
            self.message = message
        }
    }

    /// Reads a job file.
    /// - Parameters:
    ///   - path: the path of the file, absolute or relative to `currentDirectory`.
    ///   - overrides: fields that replace those of the file.
    ///   - model: the search for the model; without it the model must be a path.
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
    ///   - directory: the base directory of the file's relative paths.
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

    /// YAML with quotes around a `-` that is the whole value of `input:` or of an override. YAML would read it as the
    /// start of a list.
    private static func quotingStandardInput(_ yaml: String) -> String {
        if yaml == "-" { return "'-'" }
        return yaml.replacing(/(?m)^([ \t-]*(?:input|path)[ \t]*:[ \t]+)-(?=[ \t]*(?:#.*)?$)/) { "\($0.1)'-'" }
    }

    private static func parsed(_ override: Override) throws(JobFileError) -> Node {
        do throws(JobFileError) {
            // An empty override is null, as an empty value in a file is.
            let null = try parsed("null", file: override.name) ?? Node("")
            return try parsed(override.yaml, file: override.name) ?? null
        } catch {
            throw JobFileError(file: override.name, message: "\(error.message): '\(override.yaml)'")
        }
    }

    /// The key that an override adds: the topmost mapping that was missing, or the override's own key.
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

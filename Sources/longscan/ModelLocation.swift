import Coordination
import Foundation
import JobFile
import Jobs
import ModelFiles

/// The location of a named model: a directory, or a downloaded model of the Hugging Face hub.
enum ModelLocation {
    static var cache: HubCache { HubCache(environment: ProcessInfo.processInfo.environment) }

    /// - Parameters:
    ///   - name: a path, or an id of the hub.
    ///   - path: the name as a path. A directory there comes before the hub's model.
    ///   - isHere: whether an id that is not found is an error. Else it may be a path on another machine.
    static func directory(_ name: String, path: String, isHere: Bool = true) throws(JobFile.ModelNotFound) -> String {
        if FileManager.default.fileExists(atPath: path) { return path }
        guard let model = HubModel(name) else {
            guard isHere else { return path }
            throw JobFile.ModelNotFound(
                message: "there is no directory \(path): correct the path, copy the model there, or name a model of "
                    + "the Hugging Face hub as owner/name\(Spelling.advice(onMissing: path))")
        }
        if let snapshot = cache.snapshot(of: model) { return snapshot }
        guard isHere else { return path }
        // If the parent directory does not exist, the name is an id of the hub.
        let hasNeighbours = FileManager.default.fileExists(atPath: AbsolutePath.parent(of: path))
        throw JobFile.ModelNotFound(
            message: "there is no directory \(path), and no model \(model) in the hub cache "
                + "\(cache.directory ?? "(no HOME)"); '\(model.download)' fetches it"
                + (hasNeighbours ? Spelling.advice(onMissing: path) : ""))
    }

    /// - Throws: `CommandFailure` if the directory of models is not a directory.
    static func checkFolder(_ path: String) throws(CommandFailure) {
        // A path cannot go on after a file.
        guard !FileManager.default.fileExists(atPath: path + "/.") else { return }
        let exists = FileManager.default.fileExists(atPath: path)
        let what = exists ? "is no directory" : "does not exist"
        throw CommandFailure(
            "the directory of models \(path) \(what): correct --model-dir (LONGSCAN_MODEL_DIR)"
                + Spelling.advice(onMissing: absolute(path)),
            ExitStatus.noInput)
    }

    private static func absolute(_ path: String) -> String {
        AbsolutePath.of(path, in: FileManager.default.currentDirectoryPath)
    }

    /// The directory that a command's argument names.
    static func directory(_ argument: String) throws(CommandFailure) -> String {
        do throws(JobFile.ModelNotFound) {
            return try directory(argument, path: argument)
        } catch {
            throw CommandFailure(error.message, ExitStatus.noInput)
        }
    }
}

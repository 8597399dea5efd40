import Coordination
import Foundation
import Inference
import JobFile
import Jobs

/// Where a model is that somebody names: a directory, or one of the Hugging Face hub that was downloaded.
enum ModelLocation {
    static var cache: HubCache { HubCache(environment: ProcessInfo.processInfo.environment) }

    /// - Parameters:
    ///   - name: a path or an id of the hub.
    ///   - path: where it is if it is a path. A directory there comes before the hub's model.
    ///   - isHere: whether an id that is not found is missing, and not a path on another machine.
    static func directory(_ name: String, path: String, isHere: Bool = true) throws(JobFile.ModelNotFound) -> String {
        guard !FileManager.default.fileExists(atPath: path), let model = HubModel(name) else { return path }
        if let snapshot = cache.snapshot(of: model) { return snapshot }
        guard isHere else { return path }
        throw JobFile.ModelNotFound(
            message: "there is no directory \(path), and no model \(model) in the hub cache "
                + "\(cache.directory ?? "(no HOME)"); '\(model.download)' fetches it")
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

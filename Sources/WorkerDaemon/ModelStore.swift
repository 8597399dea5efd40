import Coordination
import Inference
import Synchronization

/// The models that a worker has open, each once for all lanes.
final class ModelStore: Sendable {
    private let places: ModelPlaces
    private let models = Mutex<[ModelReference: Model]>([:])

    init(places: ModelPlaces) {
        self.places = places
    }

    /// The model of a job. It is opened, and its digest taken, when it is first asked for; who asks meanwhile waits.
    /// - Throws: a ``Failure`` in words: this machine has no such model, or another one under its name.
    func model(_ reference: ModelReference) throws(ModelRefusal) -> Model {
        try models.withLock { (models) throws(ModelRefusal) in
            if let model = models[reference] { return model }
            let model = try open(reference)
            models[reference] = model
            return model
        }
    }

    private func open(_ reference: ModelReference) throws(ModelRefusal) -> Model {
        let path = places.directory(of: reference.directory)
        let model: Model
        do {
            // The coordinator has read the tokenizer of this digest.
            model = try Model(files: ModelFiles(directory: path, readsTokenizer: false))
        } catch {
            throw ModelRefusal(failure: Failure(code: "no_model", message: "\(error)"))
        }
        guard model.digest == reference.digest else {
            let message =
                "the model in \(path) is another one than the job's: \(model.digest) here, \(reference.digest) there"
            throw ModelRefusal(failure: Failure(code: "other_model", message: message))
        }
        return model
    }
}

struct ModelRefusal: Error {
    let failure: Failure
}

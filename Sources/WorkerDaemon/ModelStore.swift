import Coordination
import Jobs
import ModelFiles
import Passes
import Synchronization

/// The open models of a worker. All lanes share each of them.
final class ModelStore: Sendable {
    private let device: any Device
    private let places: ModelPlaces
    private let dataTypes: Set<Job.DataType>
    private let models = Mutex<[ModelReference: Model]>([:])

    /// - Parameters:
    ///   - device: the device that computes with the models.
    ///   - dataTypes: the data types in which models are opened.
    init(device: any Device, places: ModelPlaces, dataTypes: Set<Job.DataType>) {
        self.device = device
        self.places = places
        self.dataTypes = dataTypes
    }

    /// The model of a job. The first call opens it and computes its digest; other callers wait meanwhile.
    /// - Throws: a ``Failure`` in words: this machine does not have the model, has another one under its name, or does
    ///   not compute in its data type.
    func model(_ reference: ModelReference) throws(ModelRefusal) -> Model {
        try models.withLock { (models) throws(ModelRefusal) in
            if let model = models[reference] { return model }
            let model = try open(reference)
            models[reference] = model
            return model
        }
    }

    private func open(_ reference: ModelReference) throws(ModelRefusal) -> Model {
        guard let dataType = Job.DataType(rawValue: reference.dataType), dataTypes.contains(dataType) else {
            let taken = Job.DataType.allCases.filter(dataTypes.contains).map(\.rawValue).joined(separator: ", ")
            let message = "this worker computes in \(taken), the job in \(reference.dataType)"
            throw ModelRefusal(failure: Failure(code: "data_type", message: message))
        }
        let path = places.directory(of: reference.directory)
        let model: Model
        do {
            // The coordinator has read the tokenizer with this digest.
            model = try device.model(of: ModelFiles(directory: path, readsTokenizer: false), in: dataType)
        } catch {
            throw ModelRefusal(failure: Failure(code: "no_model", message: "\(error)"))
        }
        guard model.digest == reference.digest else {
            let message =
                "\(path) is not the job's model: its digest is \(model.digest), that of the coordinator's "
                + "\(reference.directory) is \(reference.digest); copy that model to this worker, or name "
                + "the directory that has it with --model-dir"
            throw ModelRefusal(failure: Failure(code: "other_model", message: message))
        }
        return model
    }
}

struct ModelRefusal: Error {
    let failure: Failure
}

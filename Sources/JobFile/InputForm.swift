internal import Jobs

/// An input in a job file.
enum InputForm: Sendable, Codable, Equatable {
    case path(String)
    case described(Description)

    struct Description: Sendable, Codable, Equatable {
        var path: String
        /// The base of ids, if it is not the path.
        var name: String?
        var format: InputFormat?
        var textKey: String?
        var idKey: String?

        enum CodingKeys: String, CodingKey {
            case path, format
            case name = "as"
            case textKey = "text_key"
            case idKey = "id_key"
        }
    }

    init(_ input: Job.Input) {
        // The copy of standard input is in the work directory, so its path does not outlive the job.
        let path = input.asGiven == JobDecoding.standardInput ? input.asGiven : input.path
        let name = ExactString(input.asGiven) == ExactString(path) ? nil : input.asGiven
        if name == nil, input.format == nil, input.textKey == nil, input.idKey == nil {
            self = .path(path)
        } else {
            self = .described(
                Description(
                    path: path, name: name, format: input.format, textKey: input.textKey, idKey: input.idKey))
        }
    }

    init(from decoder: any Decoder) throws {
        if let path = try? decoder.singleValueContainer().decode(String.self) {
            self = .path(path)
        } else {
            self = .described(try Description(from: decoder))
        }
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .path(let path): try path.encode(to: encoder)
        case .described(let description): try description.encode(to: encoder)
        }
    }
}

public import Jobs
public import Kernels

extension DataType {
    /// The data type of a job. Jobs and checkpoints use the same names.
    public init(_ dataType: Job.DataType) {
        self =
            switch dataType {
            case .f32: .float32
            case .bf16: .bfloat16
            }
    }

    /// The job's data type.
    var ofJob: Job.DataType {
        switch self {
        case .float32: .f32
        case .bfloat16: .bf16
        }
    }
}

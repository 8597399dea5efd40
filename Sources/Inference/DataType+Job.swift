public import Jobs
public import Kernels

extension DataType {
    /// What a job calls by the name that checkpoints have for it.
    public init(_ dataType: Job.DataType) {
        self =
            switch dataType {
            case .f32: .float32
            case .bf16: .bfloat16
            }
    }

    /// What a job calls it.
    var ofJob: Job.DataType {
        switch self {
        case .float32: .f32
        case .bfloat16: .bf16
        }
    }
}

internal import Kernels
internal import Synchronization

/// A linear layer's weight that is put in the order in which the product reads it when it is first used: a model begins
/// to compute when its first layer is ready, and what a task does not use is never put in order.
///
/// The lanes share it; who needs it while another one puts it in order waits. Numbers that a file stores as another
/// type were converted for this weight alone, and are put in order at once, so that no copy of them stays.
final class DeferredWeight: Sendable {
    private enum State {
        case stored(Matrix)
        case packed(LinearWeight)
    }

    /// N, the layer's outputs.
    let rows: Int
    private let state: Mutex<State>
    private let pack: @Sendable (Matrix) -> LinearWeight

    /// - Parameter pack: puts the weight in order.
    init(_ weight: Matrix, pack: @escaping @Sendable (Matrix) -> LinearWeight) {
        rows = weight.rows
        self.pack = pack
        state = Mutex(weight.elements.isShared ? .stored(weight) : .packed(pack(weight)))
    }

    /// The weight, if it is in order already.
    var packedBefore: LinearWeight? {
        state.withLock { if case .packed(let weight) = $0 { weight } else { nil } }
    }

    /// The weight in order.
    var packed: LinearWeight {
        state.withLock { state in
            switch state {
            case .packed(let weight): return weight
            case .stored(let matrix):
                let weight = pack(matrix)
                state = .packed(weight)
                return weight
            }
        }
    }
}

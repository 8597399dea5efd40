internal import Kernels
internal import Synchronization

/// A linear layer's weight. It is packed into the order of the product at its first use. So a model begins to compute
/// when its first layer is packed, and unused weights are never packed.
///
/// The lanes share the weight. A lane waits while another one packs it. Numbers of another type than float32 were
/// converted for this weight alone, and are packed at once, so that no copy of them stays.
final class DeferredWeight: Sendable {
    private enum State {
        case stored(Matrix)
        case packed(LinearWeight)
    }

    /// The layer's outputs, N.
    let rows: Int
    private let state: Mutex<State>
    private let pack: @Sendable (Matrix) -> LinearWeight

    /// - Parameter pack: packs the weight.
    init(_ weight: Matrix, pack: @escaping @Sendable (Matrix) -> LinearWeight) {
        rows = weight.rows
        self.pack = pack
        state = Mutex(weight.elements.isShared ? .stored(weight) : .packed(pack(weight)))
    }

    /// The packed weight; `nil` before the first use.
    var packedBefore: LinearWeight? {
        state.withLock { if case .packed(let weight) = $0 { weight } else { nil } }
    }

    /// The packed weight. The first use packs it.
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

public import Checkpoints

/// Sizes of a model that its tasks and snapshots rest on, whatever computes with it.
public struct ModelShape: Sendable {
    /// A state's tensor, without its numbers.
    public struct Tensor: Sendable, Equatable {
        public var name: String
        public var shape: [Int]

        public init(name: String, shape: [Int]) {
            self.name = name
            self.shape = shape
        }
    }

    /// Numbers in a row after the last norm, and in an embedding.
    public var hiddenSize: Int
    /// Ids that a document may hold, 0 up to this.
    public var vocabularySize: Int
    /// Ids that mean something, 0 up to this: those from here on are padding, which is neither sampled nor named.
    public var meaningfulVocabularySize: Int
    private let tensors: @Sendable (_ tokens: Int) -> [Tensor]

    /// - Parameter state: the tensors of a state after so many tokens.
    public init(
        hiddenSize: Int, vocabularySize: Int, meaningfulVocabularySize: Int,
        state: @escaping @Sendable (_ tokens: Int) -> [Tensor]
    ) {
        self.hiddenSize = hiddenSize
        self.vocabularySize = vocabularySize
        self.meaningfulVocabularySize = meaningfulVocabularySize
        tensors = state
    }

    /// The tensors of a state, in the order of the layers.
    ///
    /// - Parameter tokens: that were read since the state was empty.
    public func state(afterTokens tokens: Int) -> [Tensor] { tensors(tokens) }
}

extension ModelShape {
    /// The sizes that a configuration says.
    public init(_ configuration: ModelConfiguration) {
        self.init(
            hiddenSize: configuration.hiddenSize, vocabularySize: configuration.paddedVocabularySize,
            meaningfulVocabularySize: configuration.vocabularySize,
            state: { configuration.stateShapes(afterTokens: $0).map { Tensor(name: $0.name, shape: $0.shape) } })
    }
}

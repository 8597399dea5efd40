public import Checkpoints

/// The sizes of a model that its tasks and snapshots need, on any engine.
public struct ModelShape: Sendable {
    /// A tensor of a state, without its numbers.
    public struct Tensor: Sendable, Equatable {
        public var name: String
        public var shape: [Int]

        public init(name: String, shape: [Int]) {
            self.name = name
            self.shape = shape
        }
    }

    /// The width of a row after the last norm, and of an embedding.
    public var hiddenSize: Int
    /// The size of the vocabulary: a document may hold smaller ids.
    public var vocabularySize: Int
    /// The size of the vocabulary without padding. Ids from here on are neither sampled nor named.
    public var meaningfulVocabularySize: Int
    private let tensors: @Sendable (_ tokens: Int) -> [Tensor]

    /// - Parameter state: a function that returns the tensors of a state after so many tokens.
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
    /// - Parameter tokens: the number of tokens since the state was empty.
    public func state(afterTokens tokens: Int) -> [Tensor] { tensors(tokens) }
}

extension ModelShape {
    /// The sizes in a model's configuration.
    public init(_ configuration: ModelConfiguration) {
        self.init(
            hiddenSize: configuration.hiddenSize, vocabularySize: configuration.paddedVocabularySize,
            meaningfulVocabularySize: configuration.vocabularySize,
            state: { configuration.stateShapes(afterTokens: $0).map { Tensor(name: $0.name, shape: $0.shape) } })
    }
}

/// What one thread computes with, and no other thread: scratch memory, and the way to the device. Documents take turns.
///
/// All states are of its engine.
public protocol EngineLane: AnyObject {
    /// Reads pieces of documents in one pass over the weights.
    ///
    /// - Parameter pieces: each of another state, and of one token at least; all within the engine's capacity.
    /// - Returns: what was wanted of each piece. Its state has moved on by its tokens.
    func read(_ pieces: [Piece]) -> [PieceOutput]

    /// Chooses the token that comes after each state; no state moves on.
    ///
    /// - Parameter choices: as many as a pass takes documents, each after one token at least.
    /// - Returns: the tokens; `nil` where a logit is not finite, and there is nothing to choose from.
    func nextTokens(_ choices: [TokenChoice]) -> [ChosenToken?]
}

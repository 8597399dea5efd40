/// The resources of one compute thread: scratch memory, and the access to the device. Documents take turns.
///
/// All its states belong to its engine.
public protocol EngineLane: AnyObject {
    /// Reads pieces of documents in one pass over the weights.
    ///
    /// - Parameter pieces: pieces with at least one token each, all of different states, within the engine's capacity.
    /// - Returns: the wanted output of each piece. Its state has advanced by its tokens.
    func read(_ pieces: [Piece]) -> [PieceOutput]

    /// Chooses the token after each state. No state advances.
    ///
    /// - Parameter choices: at most as many as the documents of a pass, each after at least one token.
    /// - Returns: the tokens; `nil` if a logit is not finite, so that no token can be chosen.
    func nextTokens(_ choices: [TokenChoice]) -> [ChosenToken?]
}

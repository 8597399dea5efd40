import Coordination
import Jobs
import TestSupport

/// A document of a pretend job, and what it does to those who read it.
struct PretendDocument {
    enum Fate: Equatable {
        case sound
        /// Broken before it begins.
        case rejected
        /// It has the id of one before it.
        case duplicate
        /// Its input breaks off after so many tokens.
        case abandoned(after: Int)
        /// A token of it fails.
        case poisoned
        /// A token of it ends the worker that reads it.
        case killing
    }

    var id: String
    var tokens: [Int32]
    var fate: Fate
}

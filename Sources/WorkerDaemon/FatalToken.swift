import Jobs

#if TEST_HOOKS
import FoundationEssentials
import Glibc
#endif

/// A token that ends the worker which is about to read it, as if by kill -9.
///
/// A build whose environment has `LONGSCAN_TEST_HOOKS` dies of the token that `LONGSCAN_FATAL_TOKEN` names by its id.
/// In any other build a look at a step is no code.
enum FatalToken {
    @inline(__always)
    static func look(at work: Work) {
        #if TEST_HOOKS
        if let id, case .read(let tokens, _) = work, tokens.contains(id) { kill(getpid(), SIGKILL) }
        #endif
    }

    #if TEST_HOOKS
    private static let id = ProcessInfo.processInfo.environment["LONGSCAN_FATAL_TOKEN"].flatMap { Int32($0) }
    #endif
}

import Jobs

#if TEST_HOOKS
import FoundationEssentials
import Glibc
#endif

/// A token that kills the worker which is about to read it, as kill -9 does.
///
/// A build with `LONGSCAN_TEST_HOOKS` in its environment dies of the token whose id is in `LONGSCAN_FATAL_TOKEN`. In
/// any other build the check has no code.
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

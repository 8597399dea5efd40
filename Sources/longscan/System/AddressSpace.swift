import Coordination
import Glibc

/// The part of the address space that a process may have (setrlimit(2), `ulimit -v`).
enum AddressSpace {
    /// The bytes without which no command starts. A process of `run` takes up to 0.8 GB of addresses, most of them for
    /// memory that its threads never touch (mallopt(3), arenas). If addresses run out, the C library and libzmq end the
    /// process at once.
    static let least = 1 << 30

    /// - Throws: `CommandFailure` if this process may have less.
    static func check() throws(CommandFailure) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < least
        else {
            return
        }
        throw CommandFailure(
            "this process may have \(Int(limit.rlim_cur).grouped) bytes of address space, and longscan needs "
                + "\(least.grouped): raise the limit (ulimit -v)",
            ExitStatus.tryAgain)
    }
}

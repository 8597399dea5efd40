import Coordination
import Glibc
import Synchronization

/// The stream of results.
enum StandardOutput {
    /// Writes all bytes, however long the reader takes.
    /// - Throws: `CommandFailure` with status 74 if they cannot be written. If the reader has gone, as in
    ///   `longscan … | head`, the failure has no message.
    static func write(_ bytes: [UInt8]) throws(CommandFailure) {
        guard case .failed(let code, _) = StreamWriter.write(bytes, to: STDOUT_FILENO, patience: nil) else { return }
        let message = code == EPIPE ? "" : "cannot write to standard output: \(SystemCallError.text(of: code))"
        throw CommandFailure(message, ExitStatus.inputOutput)
    }

    static func write(_ text: String) throws(CommandFailure) {
        try write(Array(text.utf8))
    }
}

/// The stream of messages, progress and logs.
///
/// Text that the stream does not take in time is dropped, so that it never stops the work. ``hasLostText`` reports
/// that.
enum StandardError {
    static let isTerminal = isatty(STDERR_FILENO) == 1

    /// The longest wait of a message for a slow reader, such as a pager.
    static let patience = Duration.seconds(1)

    private struct State {
        /// The rest of a text of which a part was written.
        var rest: [UInt8] = []
        var isBehind = false
        var hasLostText = false

        /// - Returns: whether the text is written, or was begun and will be.
        mutating func write(_ text: [UInt8], patience: Duration) -> Bool {
            // The rest comes first, so that lines stay whole. Only the first text waits for a slow reader, until it
            // reads again.
            let bytes = rest + text
            switch StreamWriter.write(bytes, to: STDERR_FILENO, patience: isBehind ? .zero : patience) {
            case .done:
                (rest, isBehind) = ([], false)
                return true
            case .behind(let written):
                let isBegun = written > rest.count
                rest = Array((isBegun ? bytes : rest).dropFirst(written))
                if patience > .zero { isBehind = true }
                return isBegun
            case .failed:
                return false
            }
        }
    }

    private static let state = Mutex(State())

    /// Whether an important text was lost.
    static var hasLostText: Bool { state.withLock(\.hasLostText) }

    /// Writes an important text. Its loss is noted.
    static func write(_ text: String) {
        state.withLock { if !$0.write(Array(text.utf8), patience: patience) { $0.hasLostText = true } }
    }

    /// Writes a less important text, if the reader takes it now.
    /// - Returns: whether the reader took it.
    @discardableResult
    static func offer(_ text: String) -> Bool {
        state.withLock { $0.write(Array(text.utf8), patience: .zero) }
    }
}

/// The writing to a stream that other processes may share, and that may be full, closed or unread.
enum StreamWriter {
    enum Outcome {
        case done
        /// The reader did not take the rest in time.
        case behind(written: Int)
        /// The write has failed with this `errno` of write(2).
        case failed(code: Int32, written: Int)
    }

    /// The bytes that a pipe takes without blocking when poll(2) calls it writable (pipe(7)).
    private static let piece = 4096

    /// - Parameter patience: the longest wait for a slow reader in all; `nil`: for ever.
    static func write(_ bytes: [UInt8], to descriptor: Int32, patience: Duration?) -> Outcome {
        let deadline = patience.map { ContinuousClock.now.advanced(by: $0) }
        var written = 0
        while written < bytes.count {
            let left = deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
            // The stream's mode is not changed: a shell or another process may write to the same stream.
            guard isWritable(descriptor, within: left) else { return .behind(written: written) }
            let count = unsafe bytes.withUnsafeBytes { all in
                unsafe Glibc.write(
                    descriptor, all.baseAddress! + written, min(piece, bytes.count - written))
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR, errno != EAGAIN {
                return .failed(code: errno, written: written)
            }
        }
        return .done
    }

    /// - Returns: `true` also for a stream that cannot be polled: the write reports its error.
    private static func isWritable(_ descriptor: Int32, within patience: Duration?) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let timeout = patience.map { Int32(clamping: Int64(($0.seconds * 1000).rounded(.up))) } ?? -1
        return unsafe poll(&request, 1, timeout) != 0
    }
}

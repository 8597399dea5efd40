import Coordination
import Glibc
import Synchronization

/// Where results go.
enum StandardOutput {
    /// Writes all bytes, however long the reader takes.
    /// - Throws: with status 74 when they cannot be written. A reader that has gone away, as in `longscan … | head`, is
    ///   no news to anybody: that failure has no message.
    static func write(_ bytes: [UInt8]) throws(CommandFailure) {
        guard case .failed(let code, _) = StreamWriter.write(bytes, to: STDOUT_FILENO, patience: nil) else { return }
        let message = code == EPIPE ? "" : "cannot write to standard output: \(SystemCallError.text(of: code))"
        throw CommandFailure(message, ExitStatus.inputOutput)
    }

    static func write(_ text: String) throws(CommandFailure) {
        try write(Array(text.utf8))
    }
}

/// What is written beside results: messages, progress and logs.
///
/// None of them may stop the work: text that the stream does not take in time is dropped, and ``hasLostText`` says so.
enum StandardError {
    static let isTerminal = isatty(STDERR_FILENO) == 1

    /// How long a message waits for a reader that is behind, such as a pager.
    static let patience = Duration.seconds(1)

    private struct State {
        /// The rest of a text that was written in part.
        var rest: [UInt8] = []
        var isBehind = false
        var hasLostText = false

        /// - Returns: whether the text is written, or begun and will be.
        mutating func write(_ text: [UInt8], patience: Duration) -> Bool {
            // The rest comes first, so that lines stay whole. A reader is waited for once, until it reads again.
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

    /// Whether a text is lost that was to be read.
    static var hasLostText: Bool { state.withLock(\.hasLostText) }

    /// Writes a text that is to be read: its loss is noted.
    static func write(_ text: String) {
        state.withLock { if !$0.write(Array(text.utf8), patience: patience) { $0.hasLostText = true } }
    }

    /// Writes a text that can be missed, if the reader takes it now.
    /// - Returns: whether it does.
    @discardableResult
    static func offer(_ text: String) -> Bool {
        state.withLock { $0.write(Array(text.utf8), patience: .zero) }
    }
}

/// Writes to a stream that somebody else may hold too, and that may be full, closed or unread.
enum StreamWriter {
    enum Outcome {
        case done
        /// The reader did not take the rest in time.
        case behind(written: Int)
        /// With `errno` of write(2).
        case failed(code: Int32, written: Int)
    }

    /// A pipe that poll(2) calls writable takes so many bytes without blocking (pipe(7)).
    private static let piece = 4096

    /// - Parameter patience: how long a reader that is behind is waited for in all; `nil`: for ever.
    static func write(_ bytes: [UInt8], to descriptor: Int32, patience: Duration?) -> Outcome {
        let deadline = patience.map { ContinuousClock.now.advanced(by: $0) }
        var written = 0
        while written < bytes.count {
            let left = deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
            // The mode of the stream is left alone: a shell or another process may write to the same one.
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

    /// - Returns: true for a stream that cannot be asked as well: writing to it says why.
    private static func isWritable(_ descriptor: Int32, within patience: Duration?) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let timeout = patience.map { Int32(clamping: Int64(($0.seconds * 1000).rounded(.up))) } ?? -1
        return unsafe poll(&request, 1, timeout) != 0
    }
}

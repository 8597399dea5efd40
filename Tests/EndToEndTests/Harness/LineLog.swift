import Foundation

/// What a process writes to a pipe, line by line as it comes, for a test to wait for.
final class LineLog: Sendable {
    struct Line: Sendable {
        let text: String
        let arrival: ContinuousClock.Instant
    }

    /// How long anything that is sure to come may take on a busy machine.
    static let patience = 120.0

    private let name: String
    private let state = Guarded(State())

    private struct State {
        var lines: [Line] = []
        var rest: [UInt8] = []
        var isClosed = false

        /// - Parameter data: what was read; nothing at the end.
        mutating func take(_ data: Data) {
            let arrival = ContinuousClock.now
            rest += data
            var pieces = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let last = pieces.popLast() ?? []
            if data.isEmpty, !last.isEmpty { pieces.append(last) }
            rest = data.isEmpty ? [] : Array(last)
            isClosed = data.isEmpty
            lines += pieces.map { Line(text: String(decoding: $0, as: UTF8.self), arrival: arrival) }
        }
    }

    /// - Parameter name: for failures.
    init(_ name: String, reading file: FileHandle) {
        self.name = name
        let state = state
        Thread.detachNewThread {
            while !state.now.isClosed {
                let data = file.availableData
                state.change { $0.take(data) }
            }
        }
    }

    /// All lines so far.
    var text: String {
        state.now.lines.map { $0.text + "\n" }.joined()
    }

    /// Waits for a line.
    /// - Parameters:
    ///   - skipping: lines that are passed over, as many as there were when something began.
    ///   - condition: what the line is known by.
    /// - Throws: `Failure` if the pipe is closed without such a line.
    func line(skipping: Int = 0, where condition: @escaping (String) -> Bool) throws -> Line {
        func find(_ state: State) -> Line? { state.lines.dropFirst(skipping).first { condition($0.text) } }
        let end = state.wait(Self.patience) { find($0) != nil || $0.isClosed }
        guard let end, let line = find(end) else {
            throw Failure("\(name): the line that was waited for did not come:\n\(text)")
        }
        return line
    }

    func line(containing part: String, skipping: Int = 0) throws -> Line {
        try line(skipping: skipping) { $0.contains(part) }
    }

    var count: Int { state.now.lines.count }

    /// - Returns: whether the pipe was closed within the time, which a test lets pass so.
    func isClosed(within time: Duration) -> Bool {
        state.wait(time / .seconds(1), until: \.isClosed) != nil
    }

    /// Waits until every process that could write to the pipe has closed it.
    func waitForEnd() throws {
        guard state.wait(Self.patience, until: \.isClosed) != nil else {
            throw Failure("\(name): still open after \(Self.patience) seconds:\n\(text)")
        }
    }
}

/// A value that several threads change, and whose changes can be waited for.
final class Guarded<Value>: @unchecked Sendable {  // Every access to the value is made with the condition locked.
    private let condition = NSCondition()
    private var value: Value

    init(_ value: Value) {
        self.value = value
    }

    var now: Value { condition.withLock { value } }

    func change(_ body: (inout Value) -> Void) {
        condition.withLock { body(&value) }
        condition.broadcast()
    }

    /// - Returns: the value when the condition was met; `nil` if it was not within the time.
    func wait(_ seconds: Double, until isMet: (Value) -> Bool) -> Value? {
        let deadline = Date(timeIntervalSinceNow: seconds)
        return condition.withLock {
            while !isMet(value) {
                if !condition.wait(until: deadline) { return isMet(value) ? value : nil }
            }
            return value
        }
    }
}

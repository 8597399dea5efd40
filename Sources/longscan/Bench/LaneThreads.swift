import Benchmarks
import Coordination
import Inference
import Threads
import ZeroMQ

/// The lanes of a measurement, each on an operating system thread as in a worker. More lanes than processors share
/// these, and the time of all lanes together counts.
enum LaneThreads {
    private enum Event: Sendable {
        case ready
        case ended(Result<Double, any Error>)
    }

    private struct NotStarted: Error {}

    /// - Returns: the work of all lanes, and the seconds from their common start to the end of the last.
    /// - Throws: the error of a lane; `ThreadError` if the system has no resources for a thread.
    static func run(_ lanes: Int, _ body: @escaping Benchmark.LaneBody) throws -> (work: Double, seconds: Double) {
        let events = try Mailbox<Event>()
        var starts: [Mailbox<Void>] = []
        var threads: [OSThread] = []
        // Lanes that wait for the others end when one of them fails.
        defer {
            for start in starts { start.close() }
            for thread in threads { thread.join() }
        }
        for lane in 0..<lanes {
            let start = try Mailbox<Void>()
            starts.append(start)
            threads.append(
                try OSThread(name: "lane \(lane)") {
                    let result = Result {
                        try body {
                            events.post(.ready)
                            if start.wait() == nil { throw NotStarted() }
                        }
                    }
                    events.post(.ended(result))
                })
        }
        for _ in 0..<lanes { if case .ended(let result) = events.wait() { _ = try result.get() } }
        let clock = ContinuousClock.now
        for start in starts { start.post(()) }
        var work = 0.0
        for _ in 0..<lanes { if case .ended(let result) = events.wait() { work += try result.get() } }
        return (work, clock.duration(to: .now).seconds)
    }
}

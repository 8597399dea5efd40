import Checkpoints
import Coordination
import CoordinatorDaemon
import Crypto
import Inference
import Jobs
import Kernels
import Passes
import TestSupport
import Testing

/// A snapshot that is none of its document's sends its worker away, and the document goes on from what is good.
@Suite struct ForgedSnapshotTests {
    private static let tokens = (0..<900).map { Int32(260 + $0 % 500) }

    private let directory: TemporaryDirectory
    private let coordinator: RunningCoordinator

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("{\"id\":\"a\",\"tokens\":\(Self.tokens)}\n", to: "in.jsonl")
        coordinator = try RunningCoordinator(snapshots: SnapshotPolicy(steps: 1))
    }

    private static func checksum(header: [UInt8], data: ArraySlice<UInt8>) -> String {
        var hash = SHA256()
        hash.update(data: header)
        hash.update(data: Array(data))
        return "sha256:" + hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Each a good snapshot but for one thing.
    private static let forgeries: [(name: String, forge: @Sendable (inout Snapshot) -> Void)] = [
        ("another place", { $0.tokenOffset = 512 }), ("the largest place", { $0.tokenOffset = .max }),
        ("another model", { $0.modelDigest = "sha256:00" }),
        ("another task", { $0.metadata["longscan.task"] = "score" }),
        ("no state", { $0.state = [] }), ("no number", { $0.state[0].elements[0] = .nan }),
        ("counts", { $0.set("embed.counts", .int64([.max, 0, .max])) }),
        ("waiting tokens", { $0.set("pass.waiting", .int32([.min])) }),
        ("more of it", { $0.carried.append(CarriedTensor(name: "more", values: .uint8([0]))) }),
    ]

    @Test func forgersAreSentAwayAndGoodStatesAreKept() throws {
        let model = try Model(directory: DemoModel.directory)
        let task = Job.Task.embed(EmbedOptions())
        let job = Job(
            task: task, model: DemoModel.directory, inputs: [directory.input("in.jsonl")],
            output: directory.path + "/rows.jsonl", chunkTokens: 256)
        let client = try RawPeer(coordinator)
        try client.say(.submit(.init(job: job)))
        var pass = DocumentPass(model: model, task: task, documentID: "a")
        _ = try pass.read(Array(Self.tokens.prefix(256)), isLast: false, on: Lane(model: model))
        let genuine = pass.snapshot()
        var forged: [[UInt8]] = try Self.forgeries.map { _, forge in
            var snapshot = try Snapshot(bytes: genuine, checksum: Self.checksum)
            forge(&snapshot)
            return snapshot.encoded(checksum: Self.checksum)
        }
        forged += [[], [0], Array(genuine.dropLast()), genuine.dropLast() + [1]]
        for (number, bytes) in forged.enumerated() {
            let refused = try answer(bytes, instance: UInt64(number + 1))
            #expect(refused?.failure.code == "misfit_result", "forgery \(number)")
            #expect(refused?.failure.message.contains("snapshot") == true)
        }
        #expect(try answer(genuine, instance: 99) == nil)
        let status = try client.status { $0.jobs.contains { $0.snapshotsWritten == 1 } }
        #expect(status.jobs.map(\.snapshotsRefused) == [forged.count])
        #expect(status.jobs.map(\.state) == [.running])
    }

    /// Says hello, does the first step and sends a state with it.
    /// - Returns: what it is told when it is sent away; `nil` when it goes on to its next step with its state kept.
    private func answer(_ snapshot: [UInt8], instance: UInt64) throws -> CoordinatorMessage.Refused? {
        let worker = try RawPeer(coordinator)
        try worker.say(.hello(.init(name: "liar", instance: instance, lanes: 1, credit: 1, profile: "p")))
        while let message = try worker.hear() {
            switch message {
            case .lease: try worker.say(.heartbeat(.init(progress: [])))
            case .step(let step) where step.number == 0:
                #expect(step.wantsSnapshot)
                let result = StepResult(
                    lease: step.lease, number: 0, outcome: .output(StepOutput()), snapshot: FrameBytes(snapshot))
                try worker.say(.result(result))
                // What becomes of the state shows before anything else is sent.
                return try verdict(worker)
            case .refused(let refused): return refused
            default: break
            }
        }
        throw Silence.noAnswer
    }

    private func verdict(_ worker: RawPeer) throws -> CoordinatorMessage.Refused? {
        while let message = try worker.hear() {
            switch message {
            case .refused(let refused): return refused
            case .status(let status) where status.jobs.contains { $0.snapshotsWritten > 0 }: return nil
            default: try worker.say(.status(.init()))
            }
        }
        throw Silence.noAnswer
    }
}

extension Snapshot {
    fileprivate mutating func set(_ name: String, _ values: CarriedTensor.Values) {
        guard let place = carried.firstIndex(where: { $0.name == name }) else { return }
        carried[place].values = values
    }
}

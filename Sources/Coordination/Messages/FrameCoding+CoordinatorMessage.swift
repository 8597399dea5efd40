import Jobs

extension FrameCoding {
    public static func frames(of message: CoordinatorMessage) -> [[UInt8]] {
        switch message {
        case .welcome: Envelope(kind: "welcome").frames
        case .rejoin: Envelope(kind: "rejoin").frames
        case .heartbeat: Envelope(kind: "heartbeat").frames
        case .lease(let grant):
            Envelope(kind: "lease", header: grant, arrays: ArrayWriter(snapshot: grant.snapshot)).frames
        case .step(let step): envelope(of: step).frames
        case .release(let lease): Envelope(kind: "release", header: LeaseHeader(lease: lease)).frames
        case .accepted(let job, let acceptance):
            Envelope(
                kind: "accepted", header: JobHeader(job: job, acceptance: acceptance == .begins ? nil : acceptance)
            ).frames
        case .status(let status): Envelope(kind: "status", header: status).frames
        case .refused(let refused): Envelope(kind: "refused", header: refused).frames
        }
    }

    public static func coordinatorMessage(from frames: [[UInt8]]) throws(DecodingError) -> CoordinatorMessage {
        try coordinatorMessage(from: frames.map { FrameBytes($0) })
    }

    public static func coordinatorMessage(from frames: [FrameBytes]) throws(DecodingError) -> CoordinatorMessage {
        let envelope = try Envelope(frames: frames)
        if !["step", "lease"].contains(envelope.kind) {
            try envelope.requireNoArrays()
        }
        switch envelope.kind {
        case "welcome": return .welcome
        case "rejoin": return .rejoin
        case "heartbeat": return .heartbeat
        case "lease":
            let (header, listed) = try envelope.opened(GrantHeader.self)
            var (grant, arrays) = (header.grant, listed)
            grant.snapshot = try arrays.take(.snapshot, .uint8)
            try arrays.finish()
            try envelope.requireCounts(grant.firstStep)
            if let problem = grant.task.problem { throw .malformed(kind: envelope.kind, reason: problem) }
            return .lease(grant)
        case "step": return .step(try step(from: envelope))
        case "release": return .release(try envelope.decoded(LeaseHeader.self).lease)
        case "accepted":
            let header: JobHeader = try envelope.decoded()
            return .accepted(header.job, header.acceptance ?? .begins)
        case "status":
            let status: ClusterStatus = try envelope.decoded()
            for job in status.jobs { try envelope.requireCounts(of: job) }
            for worker in status.workers { try envelope.requireCounts(worker.lanes, worker.documents) }
            return .status(status)
        case "refused": return .refused(try envelope.decoded())
        default: throw .unknownKind(envelope.kind)
        }
    }

    private struct LeaseHeader: Codable {
        var lease: LeaseID
    }

    /// A lease's header, and the list of arrays beside it.
    private struct GrantHeader: ArrayListing {
        var grant: LeaseGrant
        var arrays: [ArrayHeader]?

        private enum CodingKeys: CodingKey { case arrays }

        init(from decoder: any Decoder) throws {
            grant = try LeaseGrant(from: decoder)
            arrays = try decoder.container(keyedBy: CodingKeys.self)
                .decodeIfPresent([ArrayHeader].self, forKey: .arrays)
        }
    }

    private struct JobHeader: Codable {
        var job: JobID
        /// The acceptance; left out if the job begins.
        var acceptance: CoordinatorMessage.Acceptance?
    }

    private struct StepHeader: Encodable, ArrayListing {
        struct Generation: Codable {
            var sample: Int
            var atMost: Int
        }
        var arrays: [ArrayHeader]?
        var lease: LeaseID
        var number: Int
        var isLast: Bool?
        var generate: Generation?
        /// The flag of a wanted snapshot: `true`, or left out.
        var wantsSnapshot: Bool?
    }

    private static func envelope(of step: Step) -> Envelope {
        var header = StepHeader(lease: step.lease, number: step.number)
        header.wantsSnapshot = step.wantsSnapshot ? true : nil
        switch step.work {
        case .read(let tokens, let isLast):
            header.isLast = isLast
            var arrays = ArrayWriter()
            arrays.append(.tokens, tokens)
            return Envelope(kind: "step", header: header, arrays: arrays)
        case .generate(let sample, let atMost):
            header.generate = .init(sample: sample, atMost: atMost)
            return Envelope(kind: "step", header: header)
        }
    }

    private static func step(from envelope: Envelope) throws(DecodingError) -> Step {
        var (header, arrays) = try envelope.opened(StepHeader.self)
        try envelope.requireCounts(header.number)
        if let generate = header.generate {
            try envelope.requireCounts(generate.sample, generate.atMost)
            try arrays.finish()
            return Step(
                lease: header.lease, number: header.number,
                work: .generate(sample: generate.sample, atMost: generate.atMost),
                wantsSnapshot: header.wantsSnapshot == true)
        }
        guard let isLast = header.isLast else {
            throw .malformed(kind: envelope.kind, reason: "neither tokens to read nor tokens to generate")
        }
        let tokens = try arrays.require(.tokens, as: Int32.self)
        try arrays.finish()
        return Step(
            lease: header.lease, number: header.number,
            work: .read(tokens: tokens, isLast: isLast),
            wantsSnapshot: header.wantsSnapshot == true)
    }
}

extension Envelope {
    fileprivate func requireCounts(of job: JobStatus) throws(FrameCoding.DecodingError) {
        try requireCounts(
            job.documentsDone, job.documentsFailed, job.documentsTotal ?? 0, job.tokensDone, job.tokensRead,
            job.lateResults, job.documentsMoved, job.snapshotsWritten, job.snapshotsRefused, job.tokensResumed,
            job.tokensRecomputed)
        // Upper bounds and the sizes of sparse files may be any number from 0.
        for number in [job.tokensToGenerate, job.inputBytesRead, job.inputBytesSkipped, job.inputBytesTotal]
        where number < 0 {
            throw .malformed(kind: kind, reason: "\(number) is no count")
        }
    }
}

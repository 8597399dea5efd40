/// The limits of a peer's message, checked before it is read. To read a JSON header takes time, and many times its size
/// in memory.
struct MessageLimits {
    /// - Parameter sizes: the sizes of all frames: the protocol's name, the kind, the header, the arrays.
    /// - Returns: the problem, or `nil`.
    func problem(of sizes: [Int], kind: String) -> String? {
        let arrays = sizes.dropFirst(3)
        guard arrays.isEmpty || ["result", "handback"].contains(kind) else {
            return "\(arrays.count) arrays where 0 belong"
        }
        let limit = headerBytes(of: kind)
        return sizes[2] > limit ? "its header has \(sizes[2]) bytes, the limit is \(limit)" : nil
    }

    private func headerBytes(of kind: String) -> Int {
        switch kind {
        case "submit": Limits.submissionBytes
        case "heartbeat": Limits.heartbeatBytes
        case "result": Limits.resultHeaderBytes
        default: Limits.headerBytes
        }
    }
}

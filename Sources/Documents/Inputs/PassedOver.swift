/// The skipped files among a job's inputs.
public struct PassedOver: Sendable, Equatable, Codable {
    private static let mostKinds = 12

    public private(set) var files = 0
    /// The extensions or file types of the skipped files, sorted. Their number is limited; the first ones found are
    /// kept.
    public private(set) var kinds: [String] = []

    public init() {}

    mutating func count(_ kind: String) {
        files += 1
        guard kinds.count < Self.mostKinds, !kinds.contains(kind) else { return }
        kinds.append(kind)
        kinds.sort()
    }
}

extension PassedOver: CustomStringConvertible {
    public var description: String {
        let kinds = kinds.joined(separator: ", ") + (self.kinds.count < Self.mostKinds ? "" : ", …")
        return "\(files) \(files == 1 ? "file" : "files") passed over (\(kinds))"
    }
}

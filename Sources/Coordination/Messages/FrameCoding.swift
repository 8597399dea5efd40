/// How messages become frames, and frames messages.
///
/// Frame 0 names the protocol and its version, frame 1 the kind of message, frame 2 is a JSON header; raw
/// little-endian arrays follow, whose names and types the header lists. The pair of functions for each direction is the
/// whole written form of the protocol: nothing else in the program knows it.
public enum FrameCoding {
    /// Changed whenever an old peer would misread a new one.
    public static let protocolName = "longscan/3"

    /// A message that is not ours, or not well formed.
    public enum DecodingError: Error, Equatable, CustomStringConvertible {
        case unknownProtocol(String)
        case unknownKind(String)
        case malformed(kind: String, reason: String)

        public var description: String {
            switch self {
            case .unknownProtocol(let name):
                "a message of protocol '\(name)' cannot be read by \(FrameCoding.protocolName): "
                    + "coordinator, workers and clients must be of one version"
            case .unknownKind(let kind): "a message of unknown kind '\(kind)'"
            case .malformed(let kind, let reason): "a malformed '\(kind)' message: \(reason)"
            }
        }
    }
}

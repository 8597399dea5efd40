/// The translation between messages and frames.
///
/// Frame 0 names the protocol and its version, frame 1 the kind of message, and frame 2 is a JSON header. Raw
/// little-endian arrays follow; the header lists their names and types. The functions of this enum are the only place
/// in the program that knows the written form of the protocol.
public enum FrameCoding {
    /// The name and version of the protocol. A change that an old peer would misread gets a new version.
    public static let protocolName = "longscan/3"

    /// An error about frames that are no message of this protocol.
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

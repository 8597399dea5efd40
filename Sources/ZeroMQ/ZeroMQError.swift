import CZeroMQ
import Glibc

/// An error of ZeroMQ or of the system: the operation, the endpoint and the reason.
///
/// It prints as one sentence for the user, such as `cannot bind tcp://10.0.0.1:5555: address already in use`.
public struct ZeroMQError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The failed operation. The raw value completes the words "cannot …".
    public enum Operation: String, Sendable {
        case createContext = "create a ZeroMQ context"
        case createSocket = "create a ZeroMQ socket"
        case setOption = "set socket option"
        case bind
        case unbind = "unbind from"
        case connect = "connect to"
        case disconnect = "disconnect from"
        case send = "send a message"
        case receive = "receive a message"
        case poll = "wait for messages"
        case monitor = "monitor a socket"
        case watch = "watch connections"
        case createKeyPair = "create a CURVE key pair"
    }

    /// An `errno` value of the system or of ZeroMQ's own range.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int32

        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        public static let addressInUse = Code(rawValue: EADDRINUSE)
        public static let addressNotAvailable = Code(rawValue: EADDRNOTAVAIL)
        public static let noSuchDevice = Code(rawValue: ENODEV)
        public static let invalidArgument = Code(rawValue: EINVAL)
        public static let protocolNotSupported = Code(rawValue: EPROTONOSUPPORT)
        public static let permissionDenied = Code(rawValue: EACCES)
        public static let noSuchFile = Code(rawValue: ENOENT)
        public static let tooManyOpenFiles = Code(rawValue: EMFILE)
        public static let messageTooLong = Code(rawValue: EMSGSIZE)
        public static let notSupported = Code(rawValue: ENOTSUP)
        public static let wouldBlock = Code(rawValue: EAGAIN)
        public static let hostUnreachable = Code(rawValue: EHOSTUNREACH)
        /// The context was shut down while one of its sockets was in use.
        public static let terminated = Code(rawValue: contextTerminated)
    }

    public let operation: Operation
    /// The operation's endpoint, as the caller wrote it.
    public let endpoint: String?
    public let code: Code
    /// A detail beyond the code, such as the option's name or the number that was too large.
    public let detail: String?

    init(_ operation: Operation, endpoint: String? = nil, code: Code, detail: String? = nil) {
        self.operation = operation
        self.endpoint = endpoint
        self.code = code
        self.detail = detail
    }

    /// The error that ZeroMQ has just reported on this thread.
    static func last(_ operation: Operation, endpoint: String? = nil, detail: String? = nil) -> ZeroMQError {
        ZeroMQError(operation, endpoint: endpoint, code: Code(rawValue: zmq_errno()), detail: detail)
    }

    public var description: String {
        var words = "cannot \(operation.rawValue)"
        if let endpoint { words += " " + (endpoint.isEmpty ? "an empty endpoint" : endpoint) }
        if operation == .setOption, let detail { return words + " \(detail): \(reason)" }
        return words + ": " + (detail ?? reason)
    }

    private var reason: String {
        switch code {
        case .addressInUse: "address already in use"
        case .addressNotAvailable: "no network interface of this machine has that address"
        case .noSuchDevice: "this machine has no network interface of that name"
        case .invalidArgument where endpoint != nil: "malformed endpoint, expected tcp://HOST:PORT"
        case .protocolNotSupported: "unknown transport, expected tcp://HOST:PORT"
        case .noSuchFile where operation == .disconnect: "not connected to it"
        case .permissionDenied: "permission denied"
        case .terminated: "the ZeroMQ context was shut down"
        default: unsafe String(cString: zmq_strerror(code.rawValue))
        }
    }
}

/// `ETERM` of zmq.h, whose definition is an expression that Swift does not import: `ZMQ_HAUSNUMERO + 53`.
private let contextTerminated: Int32 = 156_384_712 + 53

/// The result of a call that returns -1 on failure. The call is repeated while a signal interrupts it.
///
/// Only this function and the poller, which has a deadline to keep, handle `EINTR`.
func retryingInterrupts(_ call: () -> CInt) -> CInt {
    while true {
        let result = call()
        if result != -1 || zmq_errno() != EINTR { return result }
    }
}

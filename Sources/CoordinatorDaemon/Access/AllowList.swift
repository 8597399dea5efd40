public import ZeroMQ

/// The role of a key's owner.
public enum PeerRole: String, Hashable, Sendable, CaseIterable {
    /// A worker takes work and returns results.
    case worker
    /// A client submits jobs and asks for their status.
    case client
}

/// The list of keys that are let in, with their owners and roles.
///
/// Each line has one key: the roles, separated by commas; a name; the public key in Z85. Blank lines and lines that
/// begin with `#` are ignored. A comment may follow a key after white space and `#`: within a key, `#` is a digit of
/// Z85.
///
/// ```
/// # our machines
/// worker         host-b   Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID
/// worker,client  host-c   rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7   # until May
/// ```
public struct AllowList: Sendable {
    public struct Entry: Equatable, Sendable {
        /// The owner's name for logs. Several keys may have the same name.
        public let name: String
        public let roles: Set<PeerRole>
    }

    /// An error in a line of an allow-list.
    public struct ParseError: Error, Equatable, CustomStringConvertible {
        public let path: String
        public let line: Int
        public let message: String

        public var description: String { "\(path):\(line): \(message)" }
    }

    public private(set) var entries: [Curve.PublicKey: Entry] = [:]

    /// - Parameters:
    ///   - text: the whole list.
    ///   - path: the name of the file in errors.
    public init(_ text: String, path: String) throws(ParseError) {
        var lines: [Curve.PublicKey: Int] = [:]
        let all = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in zip(1..., all) {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let first = words.first, first.first != "#" else { continue }
            func error(_ message: String) -> ParseError { ParseError(path: path, line: number, message: message) }
            guard words.count == 3 || words.count > 3 && words[3].first == "#" else {
                throw error("ROLES NAME KEY belong here, as in 'worker host-b' and its public key")
            }
            var roles: Set<PeerRole> = []
            for word in first.split(separator: ",", omittingEmptySubsequences: false) {
                guard let role = PeerRole(rawValue: String(word)) else {
                    throw error("'\(word)' is no role: worker, client or worker,client belongs here")
                }
                roles.insert(role)
            }
            guard let key = Curve.PublicKey(String(words[2])) else {
                throw error("'\(words[2])' is no public key: 40 characters of Z85, as keygen writes them")
            }
            if let earlier = lines[key] { throw error("the key of '\(words[1])' is in line \(earlier) already") }
            lines[key] = number
            entries[key] = Entry(name: String(words[1]), roles: roles)
        }
    }
}

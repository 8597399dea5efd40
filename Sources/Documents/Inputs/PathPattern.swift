/// A glob pattern over the components of a relative path (glob(7)): `*` matches any text, `?` one Unicode scalar,
/// `[a-z]` and `[!a-z]` one scalar of a set, `**` any number of directories.
///
/// Wildcards do not match a dot at the start of a name. `**` does not enter a directory whose name starts with a dot.
struct PathPattern: Sendable, Equatable {
    private enum Component: Sendable, Equatable {
        case anyDirectories
        case name(NamePattern)
    }

    private let components: [Component]

    init(_ components: [Substring]) {
        self.components = components.map { $0 == "**" ? .anyDirectories : .name(NamePattern($0)) }
    }

    /// The pattern that matches every file of a tree.
    static let everything = PathPattern(["**"])

    static func isPattern(_ text: some StringProtocol) -> Bool {
        text.unicodeScalars.contains { $0 == "*" || $0 == "?" || $0 == "[" }
    }

    /// The pattern components that the next name may match. `**` may match no directory, so the component after it is
    /// included.
    typealias Positions = [Int]

    var start: Positions { reachable(from: [0]) }

    /// The positions after a directory of this name; empty if nothing can match.
    func positions(after positions: Positions, directory name: String) -> Positions {
        reachable(
            from: positions.compactMap { position in
                switch components[position] {
                case .anyDirectories: name.hasPrefix(".") ? nil : position
                case .name(let pattern): pattern.matches(name) ? position + 1 : nil
                }
            })
    }

    /// Whether `**` is among the positions. `**` does not follow symbolic links, which may lead to a parent directory.
    func entersAnyDirectory(_ positions: Positions) -> Bool {
        positions.contains { components[$0] == .anyDirectories }
    }

    /// Whether a file of this name completes a match.
    func matches(_ positions: Positions, file name: String) -> Bool {
        positions.contains { position in
            guard position == components.count - 1 else { return false }
            return switch components[position] {
            case .anyDirectories: !name.hasPrefix(".")
            case .name(let pattern): pattern.matches(name)
            }
        }
    }

    /// Whether a file of this relative path matches. Symbolic links are ignored.
    func matches(path: [Substring]) -> Bool {
        guard let name = path.last else { return false }
        let positions = path.dropLast().reduce(start) { self.positions(after: $0, directory: String($1)) }
        return matches(positions, file: String(name))
    }

    private func reachable(from positions: Positions) -> Positions {
        var result: Positions = []
        for var position in positions {
            while position < components.count, !result.contains(position) {
                result.append(position)
                guard components[position] == .anyDirectories else { break }
                position += 1
            }
        }
        return result
    }
}

/// A glob pattern for one name.
struct NamePattern: Sendable, Equatable {
    private enum Piece: Sendable, Equatable {
        case anyText
        case oneScalar
        case one(of: [ClosedRange<Unicode.Scalar>], negated: Bool)
        case scalar(Unicode.Scalar)
    }

    private let pieces: [Piece]

    init(_ text: some StringProtocol) {
        var rest = Substring(text).unicodeScalars
        var pieces: [Piece] = []
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": pieces.append(.anyText)
            case "?": pieces.append(.oneScalar)
            case "[": pieces.append(Self.set(from: &rest) ?? .scalar(scalar))
            default: pieces.append(.scalar(scalar))
            }
        }
        self.pieces = pieces
    }

    /// Greedy matching with backtracking to the last `*`. The time is at most the product of both lengths.
    func matches(_ name: String) -> Bool {
        let name = Array(name.unicodeScalars)
        if name.first == ".", pieces.first != .scalar(".") { return false }
        var (at, piece) = (0, 0)
        var retry: (at: Int, piece: Int)?
        while at < name.count || piece < pieces.count {
            if piece < pieces.count, pieces[piece] == .anyText {
                retry = (at, piece)
                piece += 1
            } else if at < name.count, piece < pieces.count, accepts(pieces[piece], name[at]) {
                (at, piece) = (at + 1, piece + 1)
            } else if let point = retry, point.at < name.count {
                retry = (point.at + 1, point.piece)
                (at, piece) = (point.at + 1, point.piece + 1)
            } else {
                return false
            }
        }
        return true
    }

    private func accepts(_ piece: Piece, _ scalar: Unicode.Scalar) -> Bool {
        switch piece {
        case .anyText, .oneScalar: true
        case .scalar(let expected): scalar == expected
        case .one(let ranges, let negated): ranges.contains { $0.contains(scalar) } != negated
        }
    }

    /// The set after a `[`. Without a closing `]` the text is not consumed. A `]` in the first place is a member.
    private static func set(from text: inout Substring.UnicodeScalarView) -> Piece? {
        var rest = text
        let negated = rest.first == "!" || rest.first == "^"
        if negated { rest.removeFirst() }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while let first = rest.popFirst() {
            if first == "]", !ranges.isEmpty {
                text = rest
                return .one(of: ranges, negated: negated)
            }
            var last = first
            let ahead = rest.prefix(2)
            if ahead.count == 2, ahead.first == "-", let end = ahead.last, end != "]" {
                rest.removeFirst(2)
                last = end
            }
            // A reversed range is empty, as in shells. It must not hide the closing bracket.
            ranges.append(first <= last ? first...last : first...first)
        }
        return nil
    }
}

import Foundation

/// A Swift file of this package.
struct SourceFile: Sendable {
    /// Relative to the package.
    let path: String
    let text: SourceText

    init(path: String, _ text: String) {
        self.path = path
        self.text = SourceText(text)
    }

    static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// All files of Sources and Tests, read once.
    static let all = Result {
        try ["Sources", "Tests"].flatMap { folder in
            try FileManager.default.subpathsOfDirectory(atPath: package.appending(path: folder).path)
                .filter { $0.hasSuffix(".swift") }.sorted()
                .map { try SourceFile(path: "\(folder)/\($0)", read("\(folder)/\($0)")) }
        }
    }

    static func read(_ path: String) throws -> String {
        try String(contentsOf: package.appending(path: path), encoding: .utf8)
    }

    func isIn(_ places: some Sequence<String>) -> Bool {
        places.contains { path.hasPrefix($0) }
    }

    /// Numbers, from 1, of the lines of code that have a property.
    func lines(where isFound: (String) -> Bool) -> [Int] {
        text.code.indices.filter { isFound(text.code[$0]) }.map { $0 + 1 }
    }

    /// Modules that the file imports, and in which lines.
    var imports: [(line: Int, module: String)] {
        text.code.enumerated().compactMap { index, line in
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: "import"), place <= 1, let module = words.last else { return nil }
            return (index + 1, String(module))
        }
    }

    /// Whether the file's name, up to a plus sign, is that of a type of the file's outermost level, or of one that it
    /// extends; a file without either has no type to be named after.
    var isNamedAfterItsType: Bool {
        let name = path.split(separator: "/").last?.prefix { $0 != "." && $0 != "+" } ?? ""
        let types = text.code.compactMap { line in
            line.prefixMatch(of: /(?:[\w@()]+ )*?(?:struct|class|enum|actor|protocol|typealias|extension)\s+([\w.]+)/)?
                .output.1.split(separator: ".").last
        }
        return types.isEmpty || types.contains(name)
    }

    /// Numbers of the lines with a default that does nothing, of switches with a pattern that is an enum's case.
    var emptyDefaultsOfEnums: [Int] {
        text.code.indices.filter { index in
            let line = text.code[index]
            let next = index + 1 < text.code.count ? text.code[index + 1].trimmingCharacters(in: .whitespaces) : ""
            let word = line.trimmingCharacters(in: .whitespaces)
            guard word == "default: break" || word == "default:" && next == "break" else { return false }
            let indentation = line.prefix { $0 == " " }
            for before in text.code[..<index].reversed() where before.prefix(while: { $0 == " " }) == indentation {
                if before.dropFirst(indentation.count).hasPrefix("case "), before.contains(/[ (]\.[a-z]/) {
                    return true
                }
                if before.contains("switch ") { return false }
            }
            return false
        }.map { $0 + 1 }
    }

    /// Where functions and initialisers with a body begin, and how many lines they have.
    var functions: [(line: Int, length: Int)] {
        text.code.indices.compactMap { start in
            // Most lines are ruled out before the slow look at the rest.
            guard text.code[start].utf8.contains(where: { "({".utf8.contains($0) }),
                text.code[start].contains(/\bfunc\b|\bdeinit\b|(^|[^.\w])init[?]?[(<]/)
            else { return nil }
            return endOfBody(from: start).map { (start + 1, $0 - start + 1) }
        }
    }

    /// The line of the brace that closes the body; `nil` if there is none, as in a protocol.
    private func endOfBody(from start: Int) -> Int? {
        var (parentheses, braces) = (0, 0)
        for index in start..<text.code.count {
            for character in text.code[index] {
                switch character {
                case "(": parentheses += 1
                case ")": parentheses -= 1
                case "{" where parentheses == 0 || braces > 0: braces += 1
                case "}" where parentheses == 0 || braces > 0:
                    braces -= 1
                    if braces <= 0 { return braces < 0 ? nil : index }
                default: break
                }
            }
        }
        return nil
    }
}

extension String {
    /// Identifiers and keywords.
    var words: [Substring] {
        unicodeScalars.split { !($0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_") }
            .map(Substring.init)
    }
}

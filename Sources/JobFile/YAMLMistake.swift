internal import Yams

/// A YAML syntax error, in words for the author of the text.
struct YAMLMistake: CustomStringConvertible {
    let description: String

    init(_ error: YamlError, in text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = error.mark.flatMap { lines.indices.contains($0.line - 1) ? lines[$0.line - 1] : nil } ?? ""
        let isJSON = text.first { !$0.isWhitespace } == "{"
        let column = error.mark.map { ", in column \($0.column)" } ?? ""
        if isJSON {
            description = "this JSON cannot be read: \(error.reason)\(column)"
        } else if line.prefix(while: \.isWhitespace).contains("\t") {
            description = "not YAML: the line begins with a tab; YAML indents with spaces"
        } else {
            description = "not YAML: \(error.reason)\(column)"
        }
    }
}

extension YamlError {
    var mark: Mark? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark
        default: nil
        }
    }

    fileprivate var reason: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        case .reader(let problem, _, _, _): problem
        default: "\(self)"
        }
    }
}

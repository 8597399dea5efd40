internal import FoundationEssentials

/// Suggestions for misspelled words.
public enum Spelling {
    /// The length limit of a word.
    private static let longest = 100

    /// The known word nearest to a written one: by edit distance, or as the only one of which the other is a prefix.
    ///
    /// Case, `-` and `_` are ignored.
    /// - Returns: `nil` if none is near.
    public static func nearest(to written: String, among known: [String]) -> String? {
        let word = letters(written)
        guard word.count <= longest else { return nil }
        let ranked = known.map { (name: $0, distance: distance(word, letters($0))) }
        // Among equally near words the first is chosen.
        if let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= limit(word.count) {
            return best.name
        }
        let related = known.filter {
            let other = letters($0)
            return word.count >= 3 && other.starts(with: word) || other.count >= 4 && word.starts(with: other)
        }
        return related.count == 1 ? related.first : nil
    }

    /// A hint on a missing path: the existing file or directory that may be meant, if there is one.
    /// - Parameter path: an absolute path, whose first missing component is compared.
    public static func advice(onMissing path: String) -> String {
        let names = path.split(separator: "/").map(String.init)
        let paths = names.indices.map { "/" + names[...$0].joined(separator: "/") }
        guard let place = paths.firstIndex(where: { !FileManager.default.fileExists(atPath: $0) }) else { return "" }
        let directory = AbsolutePath.parent(of: paths[place])
        let others = (try? FileManager.default.contentsOfDirectory(atPath: directory))?.sorted() ?? []
        guard let meant = nearest(to: names[place], among: others) else {
            return place < names.count - 1 ? "; there is no \(paths[place])" : ""
        }
        let whole = ([directory == "/" ? "" : directory, meant] + names[(place + 1)...]).joined(separator: "/")
        return "; did you mean \(whole)?"
    }

    /// The edit distance limit for a word of this length: about one in short words, a third of a longer word.
    private static func limit(_ count: Int) -> Int {
        min(count - 1, count < 5 ? 1 : max(2, count / 3))
    }

    private static func letters(_ text: String) -> [Character] {
        text.lowercased().filter { $0 != "-" && $0 != "_" }
    }

    /// The restricted Damerau-Levenshtein distance: insertions, deletions, replacements and transpositions.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var rows = [Array(0...b.count)]
        for (i, letter) in a.enumerated() {
            var row = [i + 1]
            for (j, other) in b.enumerated() {
                var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (letter == other ? 0 : 1))
                if i > 0, j > 0, letter == b[j - 1], a[i - 1] == other { cost = min(cost, rows[i - 1][j - 1] + 1) }
                row.append(cost)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}

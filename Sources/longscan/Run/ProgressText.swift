/// The fields of a progress line. A narrow terminal shows only the more important ones.
struct ProgressText {
    enum Importance: Int, Comparable {
        case essential, important, useful, minor

        static func < (left: Importance, right: Importance) -> Bool { left.rawValue < right.rawValue }
    }

    enum Color: String { case red = "31", cyan = "36" }

    private struct Field {
        var text: String
        var importance: Importance
        var color: Color?
    }

    /// The widths of the bar in columns: if everything fits, and if not.
    private static let (wide, narrow) = (24, 10)

    private let task: String
    private let fraction: Double?
    private var fields: [Field] = []
    /// The reason why the job stands still or waits. It gets the rest of the line, and may be cut.
    var reason: String?

    init(task: String, fraction: Double?) {
        self.task = task
        self.fraction = fraction
    }

    mutating func add(_ text: String, _ importance: Importance, color: Color? = nil) {
        fields.append(Field(text: text, importance: importance, color: color))
    }

    /// The line, cut to so many columns.
    func fitted(to columns: Int, usesColor: Bool) -> String {
        var shown = fields
        var barWidth = fraction == nil ? 0 : Self.wide
        func length() -> Int {
            let head = task.count + (fraction == nil ? 0 : 6) + (barWidth == 0 ? 0 : barWidth + 2)
            return shown.reduce(head) { $0 + 2 + $1.text.count }
        }
        while length() > columns {
            if barWidth == Self.wide {
                barWidth = Self.narrow
            } else if let least = shown.lastIndex(where: { $0.importance >= .minor }) {
                shown.remove(at: least)
            } else if barWidth > 0 {
                barWidth = 0
            } else if let least = shown.indices.max(by: { shown[$0].importance < shown[$1].importance }) {
                shown.remove(at: least)
            } else {
                break
            }
        }
        let room = columns - length() - 2
        if let reason, room >= 10 {
            shown.append(Field(text: reason.cut(to: room), importance: .useful, color: .red))
        }
        func paint(_ text: String, _ color: Color?) -> String {
            guard usesColor, let color else { return text }
            return "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m"
        }
        var line = String(task.prefix(max(0, columns)))
        if let fraction, length() <= columns {
            if barWidth > 0 {
                let (filled, empty) = Self.bar(fraction, width: barWidth)
                line += "  " + paint(filled, .cyan) + empty
            }
            let percent = "\(Int(fraction * 100))%"
            line += String(repeating: " ", count: max(0, 6 - percent.count)) + percent
        }
        return line + shown.map { "  " + paint($0.text, $0.color) }.joined()
    }

    private static func bar(_ fraction: Double, width: Int) -> (filled: String, empty: String) {
        let eighths = Int(fraction * Double(width * 8))
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        let filled = String(repeating: "█", count: eighths / 8) + partial
        return (filled, String(repeating: "░", count: width - filled.count))
    }
}

extension String {
    /// The beginning of the text in so many columns. Characters outside of ASCII become `?`, because they may take more
    /// than one column.
    fileprivate func cut(to columns: Int) -> String {
        let plain = String(unicodeScalars.map { (" "..."~").contains($0) ? Character($0) : "?" })
        return plain.count <= columns ? plain : plain.prefix(columns - 3) + "..."
    }
}

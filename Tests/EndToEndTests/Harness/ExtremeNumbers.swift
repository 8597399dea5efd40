import Foundation
import TestSupport

/// Numbers at the ends of what numbers can be, in the spellings of JSON and YAML.
enum ExtremeNumbers {
    /// How many cases each test drives: `LONGSCAN_FUZZ_EXECUTIONS`, or so many.
    static func cases(_ few: Int) -> Int {
        ProcessInfo.processInfo.environment["LONGSCAN_FUZZ_EXECUTIONS"].flatMap { Int($0) } ?? few
    }

    static let texts = [
        "0", "1", "-1", "2", "255", "256", "257", "1048576", "1048832", "2147483647", "2147483648", "2147483649",
        "-2147483648", "4294967295", "4294967296", "9007199254740992", "4611686018427387904", "9223372036854775552",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
        "18446744073709551615", "18446744073709551616", "1e308", "-1e308", "1e999", "1e-320", "-0.0", "0.5", "1e2",
        "NaN",
        "null", "true", "[]", "\"1\"",
    ]
    /// What YAML has besides.
    static let yaml =
        texts + [
            ".nan", ".inf", "-.inf", "0x7fffffffffffffff", "0xffffffffffffffff", "0o777", "1_000", "190:20:30",
            "9223372036854775807:59", "-9223372036854775808:59", "1:2:3:4:5:6:7:8:9:10:11:12:13", "1e3", "+5", "101%",
            "1e308%",
            "nan%", "[[[[1]]]]", "{a: 1}",
        ]
    static let floats: [Float] = [
        0, -0.0, 1, -1, .nan, .signalingNaN, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        .leastNonzeroMagnitude,
    ]

    /// Puts another in the place of some of a JSON text's numbers.
    static func replaceNumbers(in json: [UInt8], using random: inout SplitMix64) -> [UInt8] {
        var json = json
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let isDigit = { (byte: UInt8) in (48...57).contains(byte) }
            // A number stands behind one of these; digits in a string do not.
            let starts = json.indices.dropFirst().filter { isDigit(json[$0]) && [58, 91, 44].contains(json[$0 - 1]) }
            guard let start = starts.randomElement(using: &random) else { return json }
            let end = json[start...].firstIndex { !isDigit($0) && $0 != 46 } ?? json.endIndex
            json.replaceSubrange(start..<end, with: Array((texts.randomElement(using: &random) ?? "").utf8))
        }
        return json
    }
}

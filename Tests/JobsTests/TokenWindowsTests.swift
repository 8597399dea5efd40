import Jobs
import Testing

/// Windows against what one sees when every token is looked at.
@Suite struct TokenWindowsTests {
    private static let lengths: [Int?] = [nil, 1, 2, 3, 7, 255, 256, 257, 300, 600, .max]
    private static let positions = [0, 1, 2, 3, 6, 7, 8, 255, 256, 257, 299, 300, 301, 511, 512, 513, 600, 601, 770]

    /// The windows of a text of so many tokens, made token by token.
    private func windows(of tokens: Int, length: Int?) -> [TokenWindows.Window] {
        var windows: [TokenWindows.Window] = []
        for position in 0..<tokens {
            if let last = windows.last, last.tokens.count < length ?? .max {
                windows[windows.count - 1].tokens = last.tokens.lowerBound..<position + 1
            } else {
                windows.append(.init(number: windows.count, tokens: position..<position + 1))
            }
        }
        return windows
    }

    @Test(arguments: lengths) func windowsFollowOneAnother(length: Int?) throws {
        let all = TokenWindows(length: length)
        for end in Self.positions {
            let expected = windows(of: end, length: length)
            #expect(all.ending(in: 0..<end, isLast: true) == expected)
            #expect(all.count(ofTokens: end) == expected.count)
            #expect(all.starts(in: 0..<end) == expected.map(\.tokens.lowerBound))
            for window in expected {
                for position in window.tokens {
                    #expect(all.number(of: position) == window.number)
                    #expect(all.offset(of: position) == position - window.tokens.lowerBound)
                    #expect(all.isStart(position) == (position == window.tokens.lowerBound))
                }
            }
        }
    }

    /// However a text is cut into batches, each window ends once.
    @Test(arguments: lengths) func eachWindowEndsInOneBatch(length: Int?) {
        let all = TokenWindows(length: length)
        for end in Self.positions {
            for middle in Self.positions where middle <= end {
                let halves = all.ending(in: 0..<middle, isLast: false) + all.ending(in: middle..<end, isLast: true)
                #expect(halves == all.ending(in: 0..<end, isLast: true))
                #expect(all.starts(in: 0..<middle) + all.starts(in: middle..<end) == all.starts(in: 0..<end))
            }
        }
    }

    @Test(arguments: lengths) func blocksBeginAnewWithEachWindow(length: Int?) {
        let all = TokenWindows(length: length)
        // Positions at which a block or a window ends.
        var lines: [Int] = [0]
        while lines[lines.count - 1] < 1200 {
            let last = lines[lines.count - 1]
            let windowStart = last / (length ?? .max) * (length ?? 1)
            let windowEnd = length.map { windowStart > .max - $0 ? .max : windowStart + $0 } ?? .max
            lines.append(min(last + 256, windowEnd))
        }
        for position in Self.positions {
            #expect(all.computed(ofTokens: position) == lines.last { $0 <= position })
            #expect(all.room(at: position) == lines.first { $0 > position }.map { $0 - position })
        }
    }
}

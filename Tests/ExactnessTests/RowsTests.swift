import Testing

/// That the comparison of rows would notice.
@Suite struct RowsTests {
    private static let lines = ["{\"id\":\"a\",\"n\":1}", "{\"id\":\"b\",\"n\":2}", "{\"id\":\"b\",\"n\":3}"]

    private func rows(_ lines: [String]) throws -> Rows {
        try Rows(lines.map { $0 + "\n" }.joined().utf8.map { $0 })
    }

    @Test func equalRowsHaveNoDifference() throws {
        let expected = try rows(Self.lines)
        #expect(expected.difference(from: expected, order: ["a", "b"]) == nil)
        let permuted = try rows([Self.lines[1], Self.lines[2], Self.lines[0]])
        #expect(permuted.difference(from: expected, order: ["b", "a"]) == nil)
        #expect(try rows([Self.lines[0]]).difference(from: expected, order: ["a"]) == nil)
    }

    @Test func everyDifferenceIsNamed() throws {
        let expected = try rows(Self.lines)
        let changed = try rows([Self.lines[0], "{\"id\":\"b\",\"n\":2.5}", Self.lines[2]])
        #expect(changed.difference(from: expected, order: ["a", "b"])?.hasPrefix("row 0 of b:") == true)
        let missing = try rows([Self.lines[0], Self.lines[1]])
        #expect(missing.difference(from: expected, order: ["a", "b"]) == "b has 1 rows in place of 2")
        #expect(
            expected.difference(from: expected, order: ["b", "a"])
                == "rows of [\"a\", \"b\"] in place of [\"b\", \"a\"]")
        let torn = try rows([Self.lines[1], Self.lines[0], Self.lines[2]])
        #expect(torn.difference(from: expected, order: ["b", "a"])?.hasPrefix("rows of [\"b\", \"a\", \"b\"]") == true)
        #expect(throws: Failure.self) { try Rows(Array(Self.lines[0].utf8)) }
    }
}

import Testing

@Suite struct TidyTests {
    @Test(arguments: Rule.all) func filesKeepTheRule(rule: Rule) throws {
        let files = try SourceFile.all.get()
        #expect(files.count > 100)
        let violations = files.flatMap { file in rule.violations(file).map { "\(file.path):\($0): \(rule)" } }
        #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))")
    }

    @Test(arguments: Rule.all) func theRuleCanBeBroken(rule: Rule) {
        let file = SourceFile(path: rule.bad.path, rule.bad.text)
        #expect(rule.violations(file) == [file.text.code.count])
    }

    @Test func theCoresArrowsAreThoseOfThePackage() throws {
        let package = try SourceFile.read("Package.swift")
        for (module, arrows) in Rule.core {
            let line = try #require(package.split(separator: "\n").first { $0.contains("library(\"\(module)\"") })
            let words = Set(String(line).words.map(String.init)).subtracting(["library", module])
            #expect(words == Set(arrows.map { $0 == "Crypto" ? "crypto" : $0 }), "\(module)")
        }
    }

    /// An exception that nothing needs any more is a door left open.
    @Test func exceptionsAreNeeded() throws {
        let files = try SourceFile.all.get()
        for place in Rule.unsafePlaces.keys {
            #expect(
                files.contains { $0.isIn([place]) && !$0.lines { $0.words.contains("unsafe") }.isEmpty }, "\(place)")
        }
        for (path, modules) in Rule.coreExceptions {
            let file = try #require(files.first { $0.path == path })
            #expect(modules.isSubset(of: file.imports.map(\.module)), "\(path)")
        }
    }
}

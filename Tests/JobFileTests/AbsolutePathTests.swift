import Foundation
import JobFile
import Testing

/// `..` leads where the kernel says that it leads.
@Suite struct AbsolutePathTests {
    @Test(arguments: [
        ("a.txt", "/jobs/a.txt"), ("./a/./b", "/jobs/a/b"), ("../a", "/a"), ("../../../a", "/a"), ("/x/../y", "/y"),
        ("a/b/../../c", "/jobs/c"), ("..", "/"), ("", "/jobs"), ("/", "/"), ("...", "/jobs/..."),
        ("a//b/", "/jobs/a/b"),
    ])
    func whatDoesNotExistIsText(path: String, expected: String) {
        #expect(AbsolutePath.of(path, in: "/jobs") == expected)
    }

    @Test func linksAreFollowedBeforeTheirParents() throws {
        let root =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path + "/longscan-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: root) }
        for directory in ["a/b", "c/d/e"] {
            try FileManager.default.createDirectory(atPath: root + "/" + directory, withIntermediateDirectories: true)
        }
        func link(_ name: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(atPath: root + "/" + name, withDestinationPath: target)
        }
        try link("a/absolute", to: root + "/c/d")
        try link("a/relative", to: "../c/d/e")
        try link("a/chain", to: "relative")
        try link("a/through", to: "absolute/e")
        try link("a/loop", to: "loop")
        try link("a/dangling", to: "nowhere/deep")
        let expected = [
            "a/absolute/../x": "c/x", "a/relative/../x": "c/d/x", "a/chain/../x": "c/d/x", "a/chain/../../x": "c/x",
            "a/through/../x": "a/absolute/x", "a/b/../x": "a/x", "a/absolute/x": "a/absolute/x",
            "a/dangling/../x": "a/nowhere/x",
        ]
        for (path, place) in expected {
            #expect(AbsolutePath.of(path, in: root) == root + "/" + place, "\(path)")
            #expect(AbsolutePath.of(root + "/" + path, in: "/") == root + "/" + place, "\(path)")
        }
        // Whatever it leads to, it ends, and has no '..'.
        #expect(!AbsolutePath.of("a/loop/../x", in: root).contains(".."))
    }
}

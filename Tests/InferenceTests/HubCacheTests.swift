import Foundation
import Jobs
import ModelFiles
import Testing

/// Models are found where huggingface_hub puts them.
@Suite struct HubCacheTests {
    @Test(
        arguments: [
            (
                [
                    "HF_HUB_CACHE": "/1", "HUGGINGFACE_HUB_CACHE": "/2", "HF_HOME": "/3", "XDG_CACHE_HOME": "/4",
                    "HOME": "/5",
                ], "/1"
            ),
            (["HUGGINGFACE_HUB_CACHE": "/2", "HF_HOME": "/3", "XDG_CACHE_HOME": "/4", "HOME": "/5"], "/2"),
            (["HF_HOME": "/3", "XDG_CACHE_HOME": "/4", "HOME": "/5"], "/3/hub"),
            (["XDG_CACHE_HOME": "/4", "HOME": "/5"], "/4/huggingface/hub"),
            (["HOME": "/5"], "/5/.cache/huggingface/hub"),
            (["HF_HUB_CACHE": "", "HF_HOME": "~/h", "HOME": "/5"], "/5/h/hub"), ([:], nil),
        ] as [([String: String], String?)])
    func theCacheIsWhereTheVariablesSay(environment: [String: String], directory: String?) {
        #expect(HubCache(environment: environment).directory == directory)
    }

    @Test func aRevisionIsABranchATagOrACommit() throws {
        let root = FileManager.default.temporaryDirectory.path + "/longscan-hub-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: root) }
        let model = root + "/models--o--n"
        for folder in ["/snapshots/c1", "/snapshots/c2", "/refs/pr"] {
            try FileManager.default.createDirectory(atPath: model + folder, withIntermediateDirectories: true)
        }
        for (name, commit) in [("main", "c1"), ("v2", "c2\n"), ("pr/1", "c2"), ("gone", "c3"), ("out", "../../c1")] {
            try Data(commit.utf8).write(to: URL(filePath: model + "/refs/" + name))
        }
        let cache = HubCache(environment: ["HF_HUB_CACHE": root])
        func snapshot(_ id: String) throws -> String? { cache.snapshot(of: try #require(HubModel(id))) }
        #expect(try snapshot("o/n") == model + "/snapshots/c1")
        #expect(try snapshot("o/n@v2") == model + "/snapshots/c2")
        #expect(try snapshot("o/n@pr/1") == model + "/snapshots/c2")
        #expect(try snapshot("o/n@c2") == model + "/snapshots/c2")
        for id in ["o/n@gone", "o/n@out", "o/n@c4", "o/m", "p/n"] { #expect(try snapshot(id) == nil) }
        let known = try #require(HubSnapshot(path: "/elsewhere/models--o--n/snapshots/c2"))
        #expect(cache.directory(of: known) == model + "/snapshots/c2")
    }
}

import JobFile
import Jobs
import Testing

/// Ids of the Hugging Face hub, and models that are found by them.
@Suite struct HubModelTests {
    @Test(
        arguments: [
            ("state-spaces/mamba-130m-hf", "state-spaces", "mamba-130m-hf", nil),
            ("tiiuae/falcon_mamba.7b", "tiiuae", "falcon_mamba.7b", nil), ("a/b@main", "a", "b", "main"),
            ("a/b@refs/pr/1", "a", "b", "refs/pr/1"), ("_a/b_", "_a", "b_", nil),
        ] as [(String, String, String, String?)])
    func idsAreThoseOfTheHub(text: String, owner: String, name: String, revision: String?) throws {
        let model = try #require(HubModel(text))
        #expect(model.owner == owner && model.name == name && model.revision == revision)
        #expect(model.description == text)
    }

    @Test(arguments: [
        "", "mamba", "/a", "a/", "a/b/c", "../b", "a/..", "./b", "a/b.", "-a/b", "a-/b", "a--b/c", "a/b..c", "a/b.git",
        "a/b@", "a/b@../c", "a/b@c//d", "a/b@/c", "a/b c", "ä/b", "~/b", "a/\(String(repeating: "b", count: 95))",
    ])
    func otherTextIsNoID(text: String) {
        #expect(HubModel(text) == nil)
    }

    @Test func aSnapshotsPathTellsTheModel() throws {
        let snapshot = try #require(HubSnapshot(path: "/root/.cache/hub/models--a-b--c.d-1/snapshots/0123abc"))
        #expect(snapshot.model == HubModel("a-b/c.d-1"))
        #expect(snapshot.commit == "0123abc")
        #expect(snapshot.path == "models--a-b--c.d-1/snapshots/0123abc")
        for path in [
            "/models/a", "/x/models--a--b/refs/main", "/x/datasets--a--b/snapshots/c", "/x/models--a/snapshots/c",
        ] {
            #expect(HubSnapshot(path: path) == nil)
        }
    }

    @Test func aModelThatIsNotFoundIsNamedWithFileLineAndKey() throws {
        let yaml = "task: score\nmodel: a/b\ninput: c.txt\noutput: o.jsonl"
        let error = JobFileError(kind: .missing, file: "job.yaml", line: 2, key: "model", message: "there is none")
        #expect(throws: error) {
            try JobFile.job(yaml: yaml, file: "job.yaml", directory: "/d") {
                (name, path) throws(JobFile.ModelNotFound) in
                throw JobFile.ModelNotFound(
                    message: name == "a/b" && path == "/d/a/b" ? "there is none" : "\(name) \(path)")
            }
        }
        let job = try JobFile.job(yaml: yaml, file: "job.yaml", directory: "/d") {
            (_, _) throws(JobFile.ModelNotFound) in
            "/found"
        }
        #expect(job.model == "/found")
        #expect(try JobFile.job(yaml: yaml, file: "job.yaml", directory: "/d").model == "/d/a/b")
    }
}

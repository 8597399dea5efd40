import Checkpoints
import Kernels
import Mamba
import Testing

@Suite struct SnapshotTests {
    /// A sum that notices changes, in place of a real one.
    private func checksum(header: [UInt8], data: ArraySlice<UInt8>) -> String {
        var sum: UInt64 = 14_695_981_039_346_656_037
        for byte in header { sum = (sum ^ UInt64(byte)) &* 1_099_511_628_211 }
        for byte in data { sum = (sum ^ UInt64(byte)) &* 1_099_511_628_211 }
        return String(sum)
    }

    @Test func everythingReadsBackToTheSameBits() throws {
        let snapshot = Snapshot(
            tokenOffset: 123_456_789_012, modelDigest: "sha256:00",
            state: [
                StateTensor(name: "layers.0.conv_state", shape: [1, 3], elements: FloatBuffer([1, -0.0, .nan])),
                StateTensor(name: "layers.0.ssm_state", shape: [2, 2], elements: FloatBuffer([1, 2, 3, .infinity])),
                StateTensor(name: "layers.1.conv_state", shape: [0, 3], elements: FloatBuffer([])),
            ],
            carried: [
                CarriedTensor(name: "bytes", values: .uint8([1, 2, 3])),
                CarriedTensor(name: "doubles", values: .float64([.pi, -0.0, .nan])),
                CarriedTensor(name: "floats", values: .float32([.pi, .leastNonzeroMagnitude])),
                CarriedTensor(name: "none", values: .int32([])),
                CarriedTensor(name: "tokens", values: .int32([-1, .max])),
                CarriedTensor(name: "wide", values: .int64([.min, 7])),
            ], metadata: ["task": "a \"quoted\" word"])
        let bytes = snapshot.encoded(checksum: checksum)
        let read = try Snapshot(bytes: bytes, checksum: checksum)
        #expect(read.encoded(checksum: checksum) == bytes)
        #expect(read.state == snapshot.state)
        #expect(read.carried.sorted { $0.name < $1.name } == snapshot.carried)
        #expect(read.tokenOffset == snapshot.tokenOffset)
        #expect(read.modelDigest == snapshot.modelDigest)
        #expect(read.metadata == snapshot.metadata)
    }

    @Test(arguments: BooksTests.models)
    func aStateGoesOnFromASnapshot(name: String) throws {
        let model = try Fixtures.demoModel(name)
        let tokens = try Expectations(book: name).tokens("input_ids")
        var state = Reading(Array(tokens.prefix(512)), with: model).state
        let bytes = Snapshot(tokenOffset: 512, modelDigest: "d", state: state.tensors).encoded(checksum: checksum)
        var resumed = try model.state(from: Snapshot(bytes: bytes, checksum: checksum))
        #expect(resumed == state)
        let workspace = model.makeWorkspace()
        model.readBlock(tokens[512..<768], from: &state, in: workspace)
        let row = workspace.hiddenRow(255)
        model.readBlock(tokens[512..<768], from: &resumed, in: workspace)
        #expect(workspace.hiddenRow(255).map(\.bitPattern) == row.map(\.bitPattern))
        #expect(resumed == state)
    }

    @Test func aStateOfOtherTensorsIsRefusedByName() throws {
        let model = try Fixtures.checkpoint("mamba-hf")
        let tensors = model.emptyState().tensors
        func open(_ tensors: [StateTensor]) throws {
            _ = try model.state(from: Snapshot(tokenOffset: 0, modelDigest: "", state: tensors))
        }
        #expect(throws: SnapshotError.missingTensor("layers.0.conv_state")) { try open(Array(tensors.dropFirst())) }
        var other = tensors
        other[1].name = "layers.9.ssm_state"
        #expect(throws: SnapshotError.missingTensor("layers.0.ssm_state")) { try open(other) }
        let more = StateTensor(name: "layers.9.ssm_state", shape: [1], elements: FloatBuffer([0]))
        #expect(throws: SnapshotError.leftOverTensor("layers.9.ssm_state")) { try open(tensors + [more]) }
        let count = tensors[0].elements.count
        var misshapen = tensors
        misshapen[0] = StateTensor(name: tensors[0].name, shape: [count], elements: tensors[0].elements)
        #expect(
            throws: SnapshotError.misshapenTensor(tensors[0].name, shape: [count], expected: tensors[0].shape)
        ) { try open(misshapen) }
    }

    @Test func aWrongChecksumIsNoticed() throws {
        let snapshot = Snapshot(tokenOffset: 1, modelDigest: "d", state: [])
        let bytes = snapshot.encoded { _, _ in "one" }
        #expect(throws: SnapshotError.wrongChecksum(stated: "one", found: "two")) {
            _ = try Snapshot(bytes: bytes) { _, _ in "two" }
        }
    }
}

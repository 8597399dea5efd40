import Checkpoints
import Kernels
import Mamba
import Synchronization
import Testing

/// Files that are not what the configuration says are refused by name.
@Suite struct CheckpointTests {
    typealias Stored = (type: String, shape: [Int], bytes: [UInt8])

    /// The smallest Mamba-1 model.
    static let configuration = ModelConfiguration(
        family: "mamba", hiddenSize: 2,
        layers: [.mamba1(Mamba1Configuration(channels: 2, states: 1, kernel: 2, stepRank: 1))], vocabularySize: 3,
        paddedVocabularySize: 3)

    static let shapes = [
        "backbone.embeddings.weight": [3, 2], "backbone.layers.0.norm.weight": [2],
        "backbone.layers.0.mixer.in_proj.weight": [4, 2], "backbone.layers.0.mixer.conv1d.weight": [2, 1, 2],
        "backbone.layers.0.mixer.conv1d.bias": [2], "backbone.layers.0.mixer.x_proj.weight": [3, 2],
        "backbone.layers.0.mixer.dt_proj.weight": [2, 1], "backbone.layers.0.mixer.dt_proj.bias": [2],
        "backbone.layers.0.mixer.A_log": [2, 1], "backbone.layers.0.mixer.D": [2],
        "backbone.layers.0.mixer.out_proj.weight": [2, 2], "backbone.norm_f.weight": [2],
    ]

    static func tensors() -> [String: Stored] {
        shapes.mapValues { shape in
            let count = shape.reduce(1, *)
            return ("F32", shape, (0..<count).flatMap { bytes(Float($0) * 0.25 - 0.5) })
        }
    }

    static func bytes(_ number: Float) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
    }

    private func open(_ tensors: [String: Stored]) throws -> Checkpoint {
        let directory = try TemporaryDirectory()
        try directory.write(tensors, to: "model.safetensors")
        return try Checkpoint(directory: directory.path)
    }

    /// The error's text without the path of the file.
    private func text(_ error: any Error) -> String {
        "\(error)".split(separator: "/").last.map(String.init) ?? ""
    }

    /// What opening a model says.
    private func message(_ tensors: [String: Stored]) -> String {
        do {
            _ = try LanguageModel(
                configuration: Self.configuration, source: open(tensors).source, arithmetic: Arithmetic())
            return "none"
        } catch {
            return text(error)
        }
    }

    /// What a look at all tensors finds.
    private func problems(_ tensors: [String: Stored], _ configuration: ModelConfiguration = configuration) throws
        -> [String]
    {
        try open(tensors).problems(for: configuration).map(text)
    }

    @Test func aWholeCheckpointOpens() throws {
        #expect(message(Self.tensors()) == "none")
        #expect(try problems(Self.tensors()).isEmpty)
    }

    @Test(arguments: shapes.keys.sorted())
    func aMissingTensorIsNamed(name: String) throws {
        var tensors = Self.tensors()
        tensors[name] = nil
        #expect(message(tensors) == "model.safetensors: tensor \(name) is missing")
        #expect(try problems(tensors) == ["model.safetensors: tensor \(name) is missing"])
    }

    @Test func leftOverTensorsAreNamed() {
        var tensors = Self.tensors()
        tensors["backbone.layers.1.norm.weight"] = tensors["backbone.layers.0.norm.weight"]
        #expect(
            message(tensors)
                == "model.safetensors: 1 left over that config.json does not describe: backbone.layers.1.norm.weight")
    }

    @Test func aMisshapenTensorIsNamed() {
        var tensors = Self.tensors()
        tensors["backbone.layers.0.mixer.D"] = ("F32", [1, 2], tensors["backbone.layers.0.mixer.D"]!.bytes)
        #expect(
            message(tensors)
                == "model.safetensors: tensor backbone.layers.0.mixer.D has shape [1, 2], config.json asks for [2]")
    }

    @Test func aTensorOfIntegersIsRefused() {
        var tensors = Self.tensors()
        tensors["backbone.layers.0.mixer.D"]!.type = "I32"
        #expect(
            message(tensors)
                == "model.safetensors: tensor backbone.layers.0.mixer.D has type I32; read are F32, BF16 and F16")
    }

    @Test(arguments: [Float.nan, .infinity])
    func aNumberThatIsNotFiniteIsFound(number: Float) throws {
        var tensors = Self.tensors()
        tensors["backbone.layers.0.mixer.D"]!.bytes.replaceSubrange(4..<8, with: Self.bytes(number))
        #expect(message(tensors) == "none")
        #expect(
            try problems(tensors)
                == ["model.safetensors: tensor backbone.layers.0.mixer.D holds a number that is not finite"])
    }

    @Test func everyProblemIsFound() throws {
        var tensors = Self.tensors()
        tensors["backbone.embeddings.weight"] = nil
        tensors["backbone.norm_f.weight"] = ("F32", [1], Self.bytes(1))
        tensors["backbone.layers.0.norm.weight"]!.bytes.replaceSubrange(0..<4, with: Self.bytes(.infinity))
        tensors["backbone.layers.0.mixer.D"]!.type = "I32"
        tensors["more"] = ("F32", [1], Self.bytes(1))
        #expect(
            try problems(tensors) == [
                "model.safetensors: tensor backbone.embeddings.weight is missing",
                "model.safetensors: tensor backbone.layers.0.norm.weight holds a number that is not finite",
                "model.safetensors: tensor backbone.layers.0.mixer.D has type I32; read are F32, BF16 and F16",
                "model.safetensors: tensor backbone.norm_f.weight has shape [1], config.json asks for [2]",
                "model.safetensors: 1 left over that config.json does not describe: more",
            ])
        #expect(try open(tensors).problems(for: Self.configuration, atMost: 1).count == 1)
    }

    @Test func aTiedHeadMayBeStoredTwiceIfItIsTheSame() throws {
        var tensors = Self.tensors()
        tensors["lm_head.weight"] = tensors["backbone.embeddings.weight"]
        #expect(message(tensors) == "none")
        #expect(try problems(tensors).isEmpty)
        tensors["lm_head.weight"]!.bytes[0] ^= 1
        #expect(
            try problems(tensors) == [
                "model.safetensors: tensor lm_head.weight differs from backbone.embeddings.weight, and config.json says "
                    + "that they are one (tied embeddings)"
            ])
    }

    /// transformers reads the names of mamba_ssm, and those of a model that was saved without its head.
    @Test(arguments: [
        ("backbone.embeddings.", "backbone.embedding."), ("backbone.embeddings.", "embeddings."),
        ("backbone.embeddings.", "embedding."),
    ])
    func otherSpellingsOfNamesAreRead(ours: String, theirs: String) throws {
        var tensors: [String: Stored] = [:]
        for (name, tensor) in Self.tensors() {
            let renamed = name.hasPrefix(ours) ? theirs + name.dropFirst(ours.count) : name
            tensors[theirs.hasPrefix("backbone.") ? renamed : renamed.replacing("backbone.", with: "")] = tensor
        }
        #expect(message(tensors) == "none")
        #expect(try problems(tensors).isEmpty)
        tensors[theirs + "weight"]!.shape = [2, 3]
        #expect(
            try problems(tensors)
                == ["model.safetensors: tensor \(theirs)weight has shape [2, 3], config.json asks for [3, 2]"])
    }

    /// The list of tensors that is checked is the list that is taken.
    @Test(arguments: KnownAnswersTests.checkpoints)
    func everyTensorThatIsTakenIsChecked(name: String) throws {
        let directory = Fixtures.directory + "/checkpoints/" + name
        let configuration = try ModelConfiguration(file: directory + "/config.json")
        let source = RecordingSource(try Checkpoint(directory: directory).source)
        _ = try LanguageModel(configuration: configuration, source: source, arithmetic: Arithmetic())
        let listed = configuration.tensorShapes.map { "\($0.name) \($0.shape)" }
        #expect(Set(listed).count == listed.count)
        #expect(source.asked.withLock { $0 } == Set(listed))
    }

    @Test func halfPrecisionIsWidened() throws {
        let directory = try TemporaryDirectory()
        // 1, -2, 2^-24 (subnormal), infinity, 0.333251953125 as float16; 1, -2, 3.140625, infinity, 0 as bfloat16.
        try directory.write(
            [
                "half": ("F16", [5], [0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0x00, 0x7c, 0x55, 0x35]),
                "brain": ("BF16", [5], [0x80, 0x3f, 0x00, 0xc0, 0x49, 0x40, 0x80, 0x7f, 0x00, 0x00]),
            ], to: "t.safetensors")
        let file = try SafetensorsFile(path: directory.path + "/t.safetensors")
        #expect(try file.tensor("half")?.elements.array == [1, -2, 0x1p-24, .infinity, 0.333251953125])
        #expect(try file.tensor("brain")?.elements.array == [1, -2, 3.140625, .infinity, 0])
    }

    @Test func aMappedTensorIsCopiedBeforeItIsChanged() throws {
        let directory = try TemporaryDirectory()
        try directory.write(["a": ("F32", [2], Self.bytes(1) + Self.bytes(2))], to: "t.safetensors")
        let file = try SafetensorsFile(path: directory.path + "/t.safetensors")
        var elements = try #require(try file.tensor("a")).elements
        elements[0] = 9
        #expect(elements.array == [9, 2])
        #expect(try file.tensor("a")?.elements.array == [1, 2])
    }

    @Test(arguments: 0..<4)
    func numbersAreReadWhereverTheyLie(padding: Int) throws {
        let header = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"# + String(repeating: " ", count: padding)
        let directory = try TemporaryDirectory()
        let length = [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0]
        try directory.write(length + Array(header.utf8) + Self.bytes(1.5) + Self.bytes(-2), to: "t.safetensors")
        let file = try SafetensorsFile(path: directory.path + "/t.safetensors")
        #expect(try file.tensor("a")?.elements.array == [1.5, -2])
    }

    @Test func missingWeightsOrAnEmptyFileAreNamed() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/model.safetensors"
        let names = "model.safetensors, model.safetensors.index.json, pytorch_model.bin or pytorch_model.bin.index.json"
        #expect(throws: ModelError.unreadable(file: directory.path, reason: "it has no weights: no \(names)")) {
            _ = try Checkpoint(directory: directory.path)
        }
        try directory.write([UInt8](), to: "model.safetensors")
        #expect(throws: ModelError.malformed(file: path, reason: "it is empty: download it again")) {
            _ = try Checkpoint(directory: directory.path)
        }
    }

    @Test func anIndexThatNamesATensorItsShardLacksIsRefused() throws {
        let directory = try TemporaryDirectory()
        try directory.write(["a": ("F32", [1], [0, 0, 0, 0])], to: "one.safetensors")
        func index(_ map: String) throws -> Checkpoint {
            try directory.write(Array("{\"weight_map\": \(map)}".utf8), to: "model.safetensors.index.json")
            return try Checkpoint(directory: directory.path)
        }
        #expect(try index(#"{"a": "one.safetensors"}"#).source.names == ["a"])
        #expect(throws: ModelError.missingTensor("b", file: directory.path + "/one.safetensors")) {
            _ = try index(#"{"b": "one.safetensors"}"#)
        }
        let path = directory.path + "/model.safetensors.index.json"
        #expect(throws: ModelError.malformed(file: path, reason: "shard ../one.safetensors is not beside the index")) {
            _ = try index(#"{"a": "../one.safetensors"}"#)
        }
    }
}

/// Notes what a model asks for, under the names of transformers.
private final class RecordingSource: TensorSource {
    let asked = Mutex<Set<String>>([])
    private let source: any TensorSource

    init(_ source: any TensorSource) { self.source = source }

    var file: String { source.file }
    var names: Set<String> { source.names }
    var storedNumbers: [String: Int] { source.storedNumbers }

    func tensor(_ name: String, expecting shape: [Int]) throws(ModelError) -> Tensor? {
        _ = asked.withLock { $0.insert("\(name.replacing("embedding.", with: "embeddings.")) \(shape)") }
        return try source.tensor(name, expecting: shape)
    }
}

import Checkpoints
import Kernels
import TestSupport
import Testing

/// A kind of file that comes from outside, read from memory.
enum HostileFormat: CaseIterable {
    case safetensors, pyTorch, index, configuration

    /// Reads a file and everything in it.
    ///
    /// - Returns: whether it was what it should be. Records an issue when it fails with anything but a `ModelError`, or
    ///   when what it gives is more than its bytes can hold.
    func reads(_ bytes: [UInt8]) -> Bool {
        let mapped = MappedFile(path: "f", contents: bytes)
        do {
            switch self {
            case .safetensors: try Self.readTensors(of: SafetensorsFile(mapped), fileBytes: bytes.count)
            case .pyTorch: try Self.readTensors(of: PyTorchFile(mapped), fileBytes: bytes.count)
            case .index:
                let shard = Self.shard
                let sharded = try ShardedCheckpoint(mapped) { (path) throws(ModelError) in
                    guard path == "one.safetensors" else { throw ModelError.unreadable(file: path, reason: "none") }
                    return try SafetensorsFile(shard)
                }
                try Self.readTensors(of: sharded, fileBytes: shard.count)
            case .configuration:
                let configuration = try ModelConfiguration(json: bytes, file: "f")
                if configuration.tensorShapes.isEmpty || configuration.stateBytes(afterTokens: 1) < 0 {
                    Issue.record("no model")
                }
            }
            return true
        } catch {
            if !(error is ModelError) { Issue.record(error) }
            return false
        }
    }

    private static func readTensors(of file: some StoredTensorSource, fileBytes: Int) throws {
        for name in file.names {
            do throws(ModelError) {
                guard let tensor = try file.tensor(name, expecting: []) else { continue }
                // Two bytes at least stand for each number.
                if tensor.elements.count * 2 > fileBytes { Issue.record("\(tensor.elements.count) from \(fileBytes)") }
                if try file.isFinite(name), !tensor.elements.isFinite { Issue.record("\(name) is not finite") }
            } catch {
                guard case .unsupportedType = error else { throw error }
            }
        }
    }

    private static let shard = MappedFile(path: "one.safetensors", contents: weights)

    /// Whole files of this kind.
    var examples: [[UInt8]] {
        switch self {
        case .safetensors: [Self.weights]
        case .pyTorch: [Self.pyTorch(Self.pickle), Self.pyTorch(Self.pickle, isZip64: true)]
        case .index:
            [
                Array(
                    #"{"metadata": {"total_size": 20}, "weight_map": {"a": "one.safetensors", "b": "one.safetensors"}}"#
                        .utf8)
            ]
        case .configuration: Self.configurations
        }
    }

    private static let weights =
        SafetensorsHeader(
            entries: [
                "a": SafetensorsHeader.Entry(type: "F32", shape: [2, 2], range: 0..<16),
                "b": SafetensorsHeader.Entry(type: "BF16", shape: [2], range: 16..<20),
            ], metadata: ["format": "pt"]
        ).encoded() + [UInt8](1...20)

    /// Two views of one storage, one of them transposed.
    static let pickle = Pickle.dictionary {
        $0.tensor(count: 6, shape: [2, 3], strides: [3, 1])
        $0.opcode(0x71, [0])
        $0.text("b")
        $0.tensor(count: 6, offset: 1, shape: [2, 2], strides: [1, 3])
        $0.text("c")
        $0.opcode(0x68, [0])
    }

    static func pyTorch(_ pickle: [UInt8], isZip64: Bool = false) -> [UInt8] {
        var archive = ZipArchive.pyTorch(pickle, storage: [UInt8](1...24))
        archive.isZip64 = isZip64
        return archive.bytes
    }

    private static let configurations: [[UInt8]] = [
        #"{"model_type": "mamba", "hidden_size": 40, "num_hidden_layers": 2, "vocab_size": 100, "expand": 2, "state_size": 16, "conv_kernel": 4, "time_step_rank": "auto"}"#,
        #"{"model_type": "mamba2", "hidden_size": 32, "num_hidden_layers": 2, "vocab_size": 100, "expand": 2, "state_size": 16, "conv_kernel": 4, "num_heads": 8, "head_dim": 8, "n_groups": 2, "time_step_limit": [0.0, Infinity]}"#,
        #"{"d_model": 64, "n_layer": 2, "vocab_size": 100, "ssm_cfg": {"layer": "Mamba2", "d_state": 16, "dt_limit": [0.1, {"__float__": "Infinity"}]}, "pad_vocab_size_multiple": 16}"#,
    ].map { Array($0.utf8) }
}

/// Ways to damage a file.
struct Damage {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func number(below bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &random) }

    mutating func byte() -> UInt8 { UInt8.random(in: 0...255, using: &random) }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }

    /// Changes, removes, repeats or inserts a few bytes.
    mutating func damage(_ bytes: inout [UInt8]) {
        for _ in 0...number(below: 4) {
            let place = number(below: bytes.count)
            let length = min(number(below: 9), bytes.count - place)
            switch number(below: 6) {
            case 0: bytes.removeSubrange(place..<place + length)
            case 1: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
            case 2: bytes.insert(byte(), at: place)
            case 3: for index in place..<place + length { bytes[index] = 0xff }
            case 4 where place < bytes.count: bytes[place] = byte()
            default: if place < bytes.count { bytes[place] ^= 1 << UInt8(number(below: 8)) }
            }
        }
    }

    private static let numbers = [
        "0", "-1", "1", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "4294967296", "1e308",
        "1e999", "0.5", "null", "true", "[]", "{}", "\"\"", "NaN", "Infinity", "[[[[[[[[]]]]]]]]",
    ]

    /// Puts another value in the place of one of a JSON text's numbers.
    mutating func replaceNumber(in json: inout [UInt8]) {
        let isDigit = { (byte: UInt8) in (48...57).contains(byte) }
        let starts = json.indices.filter { isDigit(json[$0]) && ($0 == 0 || !isDigit(json[$0 - 1])) }
        guard let start = starts.randomElement(using: &random) else { return }
        let end = json[start...].firstIndex { !isDigit($0) } ?? json.endIndex
        json.replaceSubrange(start..<end, with: Array((Self.numbers.randomElement(using: &random) ?? "").utf8))
    }
}

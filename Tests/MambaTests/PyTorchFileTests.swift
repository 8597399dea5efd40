import Checkpoints
import Kernels
import Testing

/// Files of `torch.save`: their tensors are those that torch reads, and all else is refused with what it is.
@Suite struct PyTorchFileTests {
    private static let directory = Fixtures.directory + "/pytorch/"

    @Test(arguments: [2, 4, 5]) func tensorsAreThoseThatTorchReads(version: Int) throws {
        let file = try PyTorchFile(path: Self.directory + "protocol\(version).bin")
        let expected = try SafetensorsFile(path: Self.directory + "expected.safetensors")
        #expect(file.names == expected.names.union(["integers"]))
        for name in expected.names {
            let tensor = try #require(try file.tensor(name))
            let reference = try #require(try expected.tensor(name))
            #expect(tensor.shape == reference.shape && file.shape(of: name) == reference.shape, "\(name)")
            #expect(tensor.elements == reference.elements, "\(name)")
            #expect(try file.isFinite(name), "\(name)")
        }
        #expect(throws: ModelError.unsupportedType("I64", tensor: "integers", file: file.file)) {
            _ = try file.tensor("integers")
        }
        #expect(try file.tensor("none") == nil)
    }

    @Test func aStateDictionaryOfAModuleIsRead() throws {
        let file = try PyTorchFile(path: Self.directory + "state-dict.bin")
        #expect(file.names == ["weight", "bias"])
        #expect(file.shape(of: "weight") == [2, 3])
        #expect(file.storedNumbers == ["F32": 8])
    }

    @Test func sharedNumbersAreCountedOnce() throws {
        let pickle = Pickle.dictionary {
            $0.tensor(count: 6, shape: [2, 3], strides: [3, 1])
            $0.text("b")
            $0.tensor(count: 6, shape: [2, 3], strides: [3, 1])
        }
        let file = try Self.open(.pyTorch(pickle, storage: [UInt8](repeating: 0, count: 24)))
        #expect(file.names == ["a", "b"])
        #expect(file.storedNumbers == ["F32": 6])
    }

    @Test func sizesOf64BitsAreRead() throws {
        let pickle = Pickle.dictionary { $0.tensor(count: 2, shape: [2], strides: [1]) }
        var archive = ZipArchive.pyTorch(pickle, storage: CheckpointTests.bytes(1.5) + CheckpointTests.bytes(-2))
        archive.isZip64 = true
        #expect(try Self.open(archive).tensor("a")?.elements.array == [1.5, -2])
    }

    @Test func anArchiveMayHaveAComment() throws {
        let pickle = Pickle.dictionary { $0.tensor(count: 1, shape: [], strides: []) }
        var archive = ZipArchive.pyTorch(pickle, storage: CheckpointTests.bytes(1.5))
        archive.comment = Array("PK\u{5}\u{6} and more".utf8)
        #expect(try Self.open(archive).tensor("a")?.elements.array == [1.5])
    }

    // MARK: - Refusals

    static func open(_ archive: ZipArchive) throws -> PyTorchFile {
        try PyTorchFile(MappedFile(path: "f", contents: archive.bytes))
    }

    private func reason(_ body: () throws -> PyTorchFile) -> String {
        do {
            _ = try body()
            return "none"
        } catch ModelError.malformed(_, let reason) {
            return reason
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        ("before-1.6.bin", "it is of torch.save before PyTorch 1.6"), ("module.bin", "torch.nn.modules.linear.Linear"),
        ("training.bin", "model is no tensor; only a dictionary of a model's tensors is read"),
        ("expanded.bin", "is not inside its storage of 4"), ("make_files.py", "it is no file of torch.save"),
    ])
    func otherFilesOfTorchAreNamed(name: String, part: String) {
        let found = reason { try PyTorchFile(path: Self.directory + name) }
        #expect(found.contains(part), "\(found)")
    }

    static let archives: [(change: @Sendable (inout ZipArchive) -> Void, reason: String)] = [
        ({ $0.entries[2].method = 8 }, "entry archive/data/0 is compressed; torch.save stores its entries as they are"),
        ({ $0.entries[2].flags |= 1 }, "entry archive/data/0 is encrypted"),
        ({ $0.entries[2].disk = 1 }, "it spans several files"),
        ({ $0.entries[2].statedSize = 9 }, "entry archive/data/0 has 9 bytes, and 8 are stored"),
        ({ $0.entries.append($0.entries[2]) }, "it has two entries archive/data/0"),
    ]

    @Test(arguments: archives.indices, [false, true])
    func anArchiveThatTorchDoesNotWriteIsRefused(index: Int, isZip64: Bool) {
        let pickle = Pickle.dictionary { $0.tensor(count: 2, shape: [2], strides: [1]) }
        var archive = ZipArchive.pyTorch(pickle, storage: [UInt8](repeating: 0, count: 8))
        archive.isZip64 = isZip64
        Self.archives[index].change(&archive)
        #expect(reason { try Self.open(archive) } == "as a zip archive: " + Self.archives[index].reason)
    }

    @Test func missingPartsAreNamed() {
        let pickle = Pickle.dictionary { $0.tensor(count: 2, shape: [2], strides: [1]) }
        var archive = ZipArchive.pyTorch(pickle, storage: [UInt8](repeating: 0, count: 8), byteOrder: "big")
        #expect(reason { try Self.open(archive) } == "its numbers are not in little-endian order")
        archive.entries.remove(at: 1)
        #expect(reason { try Self.open(archive) } == "none")
        archive.entries.remove(at: 1)
        #expect(reason { try Self.open(archive) } == "tensor a: there is no entry data/0")
        archive.entries.remove(at: 0)
        #expect(reason { try Self.open(archive) } == "the zip archive has 0 entries data.pkl; torch.save writes one")
    }

    static let tensors: [(count: Int, offset: Int, shape: [Int], strides: [Int])] = [
        (3, 0, [2], [1]), (-2, 0, [2], [1]), (2, 1, [2], [1]), (2, -1, [2], [1]), (2, 0, [-2], [1]), (2, 1, [2], [-1]),
        (2, 0, [3], [0]), (2, 0, [2, 2], [1, 1]), (2, 0, [1 << 62, 4], [0, 0]), (2, 0, [2], [.max]),
        (2, .max, [1], [1]), (2, .max, [2], [.max]), (2, 0, [2], []),
        (2, 0, [Int](repeating: 1, count: 9), [Int](repeating: 1, count: 9)),
    ]

    @Test(arguments: tensors.indices)
    func aTensorOutsideOfItsStorageIsRefused(index: Int) {
        let tensor = Self.tensors[index]
        let pickle = Pickle.dictionary {
            $0.tensor(count: tensor.count, offset: tensor.offset, shape: tensor.shape, strides: tensor.strides)
        }
        let found = reason { try Self.open(.pyTorch(pickle, storage: [UInt8](repeating: 0, count: 8))) }
        #expect(found.hasPrefix("tensor a: ") || found.hasPrefix("in its pickle"), "\(found)")
    }

    /// The stride of a dimension with one element may be any number.
    @Test func aStrideThatIsNeverTakenMayBeHuge() throws {
        let pickle = Pickle.dictionary { $0.tensor(count: 4, shape: [1, 2, 1], strides: [.max, 2, .max]) }
        let storage = [Float(1), 2, 3, 4].flatMap(CheckpointTests.bytes)
        #expect(try Self.open(.pyTorch(pickle, storage: storage)).tensor("a")?.elements.array == [1, 3])
    }

    static let globals = [
        ("os", "system"), ("builtins", "eval"), ("posix", "system"), ("torch", "load"),
        ("torch._utils", "_rebuild_tensor"),
        ("torch", "QInt8Storage"), ("collections", "defaultdict"), ("__builtin__", "apply"),
    ]

    @Test(arguments: globals) func otherGlobalsAreRefusedByName(module: String, name: String) {
        let pickle = Pickle.dictionary {
            $0.global(module, name)
            $0.text("touch /tmp/pickled")
            $0.opcode(0x85)
            $0.reduce()
        }
        let found = reason { try Self.open(.pyTorch(pickle)) }
        #expect(found.contains("it names \(module).\(name), which is no part of a tensor"), "\(found)")
    }

    @Test(
        arguments: [
            (0x69, "INST"), (0x6f, "OBJ"), (0x81, "NEWOBJ"), (0x92, "NEWOBJ_EX"), (0x82, "EXT1"), (0x49, "INT"),
            (0x50, "PERSID"),
            (0x97, "NEXT_BUFFER"), (0x32, "DUP"), (0xff, "0xff"),
        ] as [(UInt8, String)])
    func otherOpcodesAreRefusedByName(byte: UInt8, name: String) {
        let pickle = Pickle.dictionary { $0.opcode(byte) }
        let found = reason { try Self.open(.pyTorch(pickle)) }
        #expect(found.hasSuffix("opcode \(name) is none that tensors need"), "\(found)")
    }

    static let pickles: [(build: @Sendable (inout Pickle) -> Void, reason: String)] = [
        ({ for _ in 0..<100 { $0.opcode(0x85) } }, "tuples nest deeper than 16"),
        ({ for _ in 0..<1_100_000 { $0.bytes += [0x4e, 0x4e] } }, "it has more than 2097152 values"),
        (
            {
                for index in 0..<2_200_000 {
                    $0.bytes += [0x72] + (0..<4).map { UInt8(truncatingIfNeeded: index >> (8 * $0)) }
                }
            },
            "it has more than 2097152 values"
        ),
        ({ $0.opcode(0x58, [0xff, 0xff, 0xff, 0xff]) }, "it is cut short"),
        ({ $0.opcode(0x8a, [0xff]) }, "a number of 255 bytes"),
        ({ $0.opcode(0x6a, [0xff, 0xff, 0xff, 0xff]) }, "it recalls value 4294967295, which is not known"),
        (
            {
                $0.tuple()
                $0.tuple()
            }, "it has no mark"
        ),
        (
            {
                $0.mark()
                $0.opcode(0x85)
            }, "it takes a mark for a value"
        ),
        (
            {
                $0.text("b")
                $0.reduce()
            }, "it calls what is no function"
        ),
        ({ $0.setItems() }, "a key has no value"),
        ({ $0.opcode(0x51) }, "a persistent id is no storage"),
    ]

    @Test(arguments: pickles.indices) func brokenPicklesAreRefused(index: Int) {
        let found = reason { try Self.open(.pyTorch(Pickle.dictionary(of: Self.pickles[index].build))) }
        #expect(found.hasSuffix(": " + Self.pickles[index].reason), "\(found)")
    }
}

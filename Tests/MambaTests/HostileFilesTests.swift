import Foundation
import Testing

/// Damaged files are an error or a model, never a trap, a hang or memory out of proportion.
///
/// `LONGSCAN_FUZZ_EXECUTIONS` says how many files each test of random damage reads. All damage follows from seeds.
@Suite struct HostileFilesTests {
    private static let executions =
        ProcessInfo.processInfo.environment["LONGSCAN_FUZZ_EXECUTIONS"].flatMap { Int($0) } ?? 20_000

    @Test(arguments: HostileFormat.allCases) func whatIsWholeIsRead(format: HostileFormat) {
        for example in format.examples { #expect(format.reads(example)) }
    }

    @Test(arguments: HostileFormat.allCases) func aFileCutShortAnywhereIsRefused(format: HostileFormat) {
        for example in format.examples {
            let read = example.indices.filter { format.reads(Array(example[..<$0])) }
            #expect(read.isEmpty)
        }
    }

    @Test(arguments: HostileFormat.allCases) func everyByteMayBeChanged(format: HostileFormat) {
        var refused = 0
        for example in format.examples {
            for place in example.indices {
                for change in (0..<8).map({ UInt8(1) << $0 }) + [example[place], ~example[place]] {
                    var bytes = example
                    bytes[place] ^= change
                    if !format.reads(bytes) { refused += 1 }
                }
            }
        }
        #expect(refused > 0)
    }

    @Test(arguments: HostileFormat.allCases) func randomBytesAreRefused(format: HostileFormat) {
        var damage = Damage(seed: 1)
        for _ in 0..<Self.executions {
            // Beginnings that lead further in than most.
            let start = format.examples[0].prefix([0, 4, 8, 40].randomElement(using: &damage.random) ?? 0)
            let count = damage.number(below: 200)
            #expect(!format.reads(start + damage.bytes(count)))
        }
    }

    @Test(arguments: HostileFormat.allCases) func damagedFilesAreAnErrorOrRead(format: HostileFormat) {
        var damage = Damage(seed: 2)
        var outcomes: Set<Bool> = []
        let examples = format.examples
        for execution in 0..<Self.executions {
            var bytes = examples[execution % examples.count]
            damage.damage(&bytes)
            outcomes.insert(format.reads(bytes))
        }
        #expect(outcomes == [true, false])
    }

    @Test(arguments: [HostileFormat.index, .configuration]) func otherValuesAreAnErrorOrRead(format: HostileFormat) {
        var damage = Damage(seed: 3)
        var outcomes: Set<Bool> = []
        let examples = format.examples
        for execution in 0..<Self.executions {
            var bytes = examples[execution % examples.count]
            for _ in 0...damage.number(below: 3) { damage.replaceNumber(in: &bytes) }
            outcomes.insert(format.reads(bytes))
        }
        #expect(outcomes.contains(true))
    }

    @Test func headersOfOtherValuesAreAnErrorOrRead() {
        var damage = Damage(seed: 4)
        var outcomes: Set<Bool> = []
        let example = HostileFormat.safetensors.examples[0]
        for _ in 0..<Self.executions {
            var header = Array(example[8..<example.count - 20])
            for _ in 0...damage.number(below: 3) { damage.replaceNumber(in: &header) }
            let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
            outcomes.insert(HostileFormat.safetensors.reads(length + header + example.suffix(20)))
        }
        #expect(outcomes == [true, false])
    }

    @Test func picklesOfOtherOpcodesAreAnErrorOrRead() {
        var damage = Damage(seed: 5)
        var outcomes: Set<Bool> = []
        let example = PickleInstruction.all(of: HostileFormat.pickle)
        for _ in 0..<Self.executions {
            var instructions = example
            for _ in 0...damage.number(below: 3) { damage.damage(&instructions) }
            outcomes.insert(HostileFormat.pyTorch.reads(HostileFormat.pyTorch(instructions.flatMap(\.bytes))))
        }
        #expect(outcomes == [true, false])
    }
}

/// An opcode and its argument.
private struct PickleInstruction {
    var opcode: UInt8
    var argument: [UInt8] = []

    var bytes: [UInt8] { [opcode] + argument }

    /// The instructions of a pickle that has only opcodes which `Pickle` writes.
    static func all(of pickle: [UInt8]) -> [PickleInstruction] {
        var instructions: [PickleInstruction] = []
        var rest = pickle[...]
        while let opcode = rest.popFirst() {
            let count = argumentBytes(opcode, rest)
            instructions.append(PickleInstruction(opcode: opcode, argument: Array(rest.prefix(count))))
            rest = rest.dropFirst(count)
        }
        return instructions
    }

    private static func argumentBytes(_ opcode: UInt8, _ rest: ArraySlice<UInt8>) -> Int {
        switch opcode {
        case 0x80, 0x4b, 0x71, 0x68: return 1
        case 0x4d: return 2
        case 0x4a, 0x72, 0x6a: return 4
        case 0x58: return 4 + Int(rest[rest.startIndex])
        case 0x63:
            return rest.split(separator: 10, maxSplits: 2, omittingEmptySubsequences: false).prefix(2).reduce(0) {
                $0 + $1.count + 1
            }
        default: return 0
        }
    }

    static let huge: [PickleInstruction] = [
        PickleInstruction(opcode: 0x4a, argument: [0xff, 0xff, 0xff, 0x7f]),
        PickleInstruction(opcode: 0x4a, argument: [0, 0, 0, 0x80]),
        PickleInstruction(opcode: 0x8a, argument: [8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
        PickleInstruction(opcode: 0x8a, argument: [8, 0, 0, 0, 0, 0, 0, 0, 0x80]),
        PickleInstruction(opcode: 0x8a, argument: [0]),
        PickleInstruction(opcode: 0x8a, argument: [9, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        PickleInstruction(opcode: 0x72, argument: [0xff, 0xff, 0xff, 0xff]),
        PickleInstruction(opcode: 0x6a, argument: [0xff, 0xff, 0xff, 0xff]),
        PickleInstruction(opcode: 0x58, argument: [0xff, 0xff, 0xff, 0xff]),
        PickleInstruction(opcode: 0x95, argument: [UInt8](repeating: 0xff, count: 8)),
    ]
}

extension Damage {
    /// Swaps, removes, repeats, inserts instructions, or puts huge numbers in their place.
    fileprivate mutating func damage(_ instructions: inout [PickleInstruction]) {
        let place = number(below: instructions.count)
        let other = number(below: instructions.count)
        guard place < instructions.count else { return }
        switch number(below: 8) {
        case 0: instructions.swapAt(place, other)
        case 1: instructions.remove(at: place)
        case 2: instructions.insert(instructions[other], at: place)
        case 3: instructions.insert(PickleInstruction(opcode: byte(), argument: bytes(number(below: 3))), at: place)
        case 4: instructions[place] = PickleInstruction.huge[number(below: PickleInstruction.huge.count)]
        case 5:
            instructions.insert(contentsOf: Array(repeating: instructions[other], count: number(below: 100)), at: place)
        case 6: instructions[place].opcode = instructions[other].opcode
        default: instructions.insert(contentsOf: instructions[min(place, other)..<max(place, other)], at: place)
        }
    }
}

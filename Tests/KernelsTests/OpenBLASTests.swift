import Foundation
import Kernels
import Testing

@Suite struct OpenBLASTests {
    @Test func theKernelIsTheOneForThisMachine() throws {
        let profile = try Arithmetic().profile
        #expect(profile.blas.contains("OpenBLAS"))
        #expect(profile.instructionSet == (try InstructionSet.chosen().rawValue))
        let stated = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"]
        switch try InstructionSet.chosen() {
        case .avx512: #expect(profile.blasCore == "SkylakeX" || stated != "SkylakeX")
        case .avx2: #expect(profile.blasCore == "Haswell" || stated != "Haswell")
        case .portable: #expect(!profile.blasCore.isEmpty)
        }
    }

    @Test func portableKernelsRunEverywhere() {
        #expect(InstructionSet.supported.first == .portable)
        #expect(InstructionSet.supported.last == .best)
    }

    @Test func anInstructionSetIsChosenByName() throws {
        for set in InstructionSet.supported { #expect(try InstructionSet.named(set.rawValue) == set) }
        let error = ArithmeticError.unsupportedInstructions("AVX2", supported: InstructionSet.supported)
        #expect(throws: error) { try InstructionSet.named("AVX2") }
        #expect("\(error)".hasPrefix("LONGSCAN_INSTRUCTIONS is 'AVX2'; this machine has portable"))
    }

    @Test func aMissingLibrarySaysWhatToInstall() {
        let error = ArithmeticError.missingLibrary(name: "libopenblas.so.0", reason: "no such file")
        #expect(
            "\(error)"
                == "loading libopenblas.so.0: no such file; install OpenBLAS (Debian and Ubuntu: libopenblas0)")
    }

    @Test func aMachinesProfileNamesAllDataTypes() throws {
        let machine = try MachineProfile()
        #expect(try machine.profiles == DataType.allCases.map { try Arithmetic(dataType: $0).profile })
        // In front of what differs stands what does not; together they are the profiles' own words.
        let halves = "\(machine)".split(separator: " | ").map(String.init)
        let common = "\(machine.profiles[1])".dropLast(halves[1].count)
        #expect(common.hasPrefix(machine.profiles[0].blas))
        #expect(halves == ["\(machine.profiles[0])", "\(machine.profiles[1])".dropFirst(common.count).description])
        #expect(halves[0].hasPrefix(common))
    }

    @Test func aProfileReadsBack() throws {
        let profile = try Arithmetic().profile
        let decoded = try JSONDecoder().decode(ArithmeticProfile.self, from: JSONEncoder().encode(profile))
        #expect(decoded == profile)
    }
}

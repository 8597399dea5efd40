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
        #expect(
            "\(ArithmeticError.missingLibrary(.openBLAS, reason: "no such file"))"
                == "loading libopenblas.so.0: no such file; install OpenBLAS (Debian and Ubuntu: libopenblas0)")
        #expect(
            "\(ArithmeticError.missingFunction("cblas_sgemm", .openBLAS))"
                == "loading libopenblas.so.0: it has no function cblas_sgemm; install OpenBLAS (Debian and Ubuntu: "
                + "libopenblas0)")
    }

    @Test func openBLASHasNoProductOfBfloat16() {
        do throws(ArithmeticError) {
            _ = try Arithmetic(dataType: .bfloat16, product: .openBLAS)
            Issue.record("there is one")
        } catch {
            #expect("\(error)".hasPrefix("products by openBLAS in bfloat16: "))
        }
    }

    @Test func productsAreChosenByName() throws {
        for product in ProductProvider.allCases { #expect(try ProductProvider.named(product.rawValue) == product) }
        #expect(throws: ArithmeticError.unknownProducts("BLAS")) { try ProductProvider.named("BLAS") }
        #expect(
            "\(ArithmeticError.unknownProducts("BLAS"))"
                == "LONGSCAN_PRODUCTS is 'BLAS', which is none of panels, openBLAS")
    }

    @Test func aMachinesProfileNamesAllDataTypes() throws {
        let profiles = try MachineProfile().profiles
        #expect(try profiles == DataType.allCases.map { try Arithmetic(dataType: $0).profile })
        #expect(profiles.map(\.dataType) == ["float32", "bfloat16"])
    }

    @Test func aMachinesProfileSaysOnceWhatItsDataTypesHaveInCommon() {
        let one = ArithmeticProfile(
            blas: "BLAS 1", blasCore: "C", instructionSet: "i", product: "p", dataType: "float32")
        var two = one
        (two.product, two.dataType) = ("p of Q", "bfloat16")
        #expect(
            "\(MachineProfile(profiles: [one, two]))"
                == "BLAS 1 [C], kernels i, products p, float32 | products p of Q, bfloat16")
        #expect("\(MachineProfile(profiles: [one]))" == "\(one)")
        two.blas = "BLAS 2"
        #expect("\(MachineProfile(profiles: [one, two]))" == "\(one) | \(two)")
    }

    @Test func aProfileReadsBack() throws {
        let profile = try Arithmetic().profile
        let decoded = try JSONDecoder().decode(ArithmeticProfile.self, from: JSONEncoder().encode(profile))
        #expect(decoded == profile)
    }
}

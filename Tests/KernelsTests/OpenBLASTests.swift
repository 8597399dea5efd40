import Foundation
import Kernels
import Testing

@Suite struct OpenBLASTests {
    @Test func theKernelIsTheOneForThisMachine() throws {
        let profile = try Arithmetic().profile
        #expect(profile.blas.contains("OpenBLAS"))
        #expect(profile.instructionSet == InstructionSet.best.rawValue)
        let stated = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"]
        switch InstructionSet.best {
        case .avx512: #expect(profile.blasCore == "SkylakeX" || stated != "SkylakeX")
        case .avx2: #expect(profile.blasCore == "Haswell" || stated != "Haswell")
        case .portable: #expect(!profile.blasCore.isEmpty)
        }
    }

    @Test func portableKernelsRunEverywhere() {
        #expect(InstructionSet.supported.first == .portable)
        #expect(InstructionSet.supported.last == .best)
    }

    @Test func aMissingLibrarySaysWhatToInstall() {
        let error = OpenBLASError.missingLibrary(name: "libopenblas.so.0", reason: "no such file")
        #expect(
            "\(error)"
                == "loading libopenblas.so.0: no such file; install OpenBLAS (Debian and Ubuntu: libopenblas0)")
    }

    @Test func aProfileReadsBack() throws {
        let profile = try Arithmetic().profile
        let decoded = try JSONDecoder().decode(ArithmeticProfile.self, from: JSONEncoder().encode(profile))
        #expect(decoded == profile)
    }
}

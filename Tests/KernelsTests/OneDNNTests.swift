import Kernels
import Testing

/// Products by oneDNN, where it is installed; what it computes is tested with the others in `ProductTests`.
@Suite struct OneDNNTests {
    /// Columns and inner lengths of mamba-130m, mamba2-130m and falcon-mamba-7b, whole or the first columns of them.
    static let shapes = [(3072, 768), (80, 1536), (1536, 48), (768, 1536), (3352, 768), (1008, 768), (288, 8192)]

    @Test func itIsThereWithTheInstructionsForIt() throws {
        let found = Variant.oneDNN.map(\.dataType)
        let arithmetic = Result { () throws(ArithmeticError) in try Arithmetic(product: .oneDNN) }
        switch arithmetic {
        case .success(let arithmetic):
            let product = arithmetic.profile.product
            #expect(product.hasPrefix("oneDNN 2.") && product.contains("avx512_core"))
            // Its product of bfloat16 needs the instructions for it.
            let hasBfloat16 = product.contains("avx512_core_bf16") || product.contains("avx512_core_amx")
            #expect(found == (hasBfloat16 ? [.float32, .bfloat16] : [.float32]))
        case .failure(.missingLibrary(.oneDNN, _)): print("oneDNN is not installed: its products are not tested")
        case .failure(.unsupportedProducts(.oneDNN, .float32, let reason)):
            #expect(try InstructionSet.chosen() != .avx512, "\(reason)")
        case .failure(let error): Issue.record("\(error)")
        }
    }

    @Test(arguments: Variant.oneDNN, shapes)
    func aRowHasTheBitsItHasAlone(variant: Variant, shape: (columns: Int, inner: Int)) throws {
        let arithmetic = try variant.arithmetic()
        var numbers = Numbers(seed: UInt64(shape.columns))
        let linear = arithmetic.linear(numbers.matrix(shape.columns, shape.inner))
        #expect(!linear.hasReadableRows, "oneDNN computes it")
        let input = numbers.matrix(256, shape.inner)
        for adding in [false, true] {
            let start = numbers.matrix(256, shape.columns)
            var whole = start
            arithmetic.multiply(
                input.view(), rows: RowPieces(rows: 256), by: linear, into: &whole, adding: adding)
            for count in [1, 2, 3, 7, 16, 17, 31, 33, 100, 255] {
                for first in [0, 1, 256 - count] where first + count <= 256 {
                    var part = Matrix(rows: count, columns: shape.columns)
                    part.elements.replace(
                        from: 0, with: start.elements, first * shape.columns..<(first + count) * shape.columns)
                    arithmetic.multiply(
                        input.view(fromRow: first), rows: RowPieces(rows: count), by: linear, into: &part,
                        adding: adding)
                    let same = (0..<count).allSatisfy { part.row($0) == whole.row(first + $0) }
                    #expect(same, "\(count) rows from row \(first) on, adding: \(adding)")
                }
            }
        }
    }
}

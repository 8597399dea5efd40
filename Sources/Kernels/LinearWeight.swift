internal import CKernels

/// The data type of the factors of matrix products. Sums, states and all else are float32.
public enum DataType: String, Sendable, Codable, CaseIterable {
    case float32
    /// Weights and inputs of the linear layers are rounded to bfloat16.
    case bfloat16
}

/// A linear layer's weight [N, K], packed into the order of the product.
public struct LinearWeight: Sendable {
    /// The layer's outputs, N.
    public let rows: Int
    /// The layer's inputs, K.
    public let columns: Int
    /// The rows of each part that can be multiplied by alone. The last part may have fewer.
    public let partRows: Int
    let form: Form
    /// The packed elements. Plain: [N, K]. Panels: [N / panel, rounded up][K][panel]. Each element of bfloat16 panels
    /// holds two neighbours of K in its bits.
    let elements: FloatBuffer

    enum Form: Sendable {
        case plain
        case panels(columns: Int)
        case bfloat16Panels(columns: Int)
    }

    /// The rows of part `index`.
    func part(_ index: Int) -> Range<Int> {
        let first = index * partRows
        precondition(index >= 0 && first < rows, "part \(index) of \(rows) rows, \(partRows) each")
        return first..<min(first + partRows, rows)
    }

    /// A copy of one row; with bfloat16, a copy of its rounded numbers.
    public func row(_ index: Int) -> [Float] {
        precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
        switch form {
        case .plain: return elements.array(index * columns..<(index + 1) * columns)
        case .panels(let width):
            let first = index / width * width * columns + index % width
            return withExtendedLifetime(elements) {
                let start = unsafe elements.start + first
                return (0..<columns).map { unsafe start[$0 * width] }
            }
        case .bfloat16Panels(let width):
            let first = index / width * width * ((columns + 1) / 2) + index % width
            return withExtendedLifetime(elements) {
                let start = unsafe elements.start + first
                return (0..<columns).map { k in
                    let pair = unsafe start[k / 2 * width].bitPattern
                    return Float(bitPattern: k % 2 == 0 ? pair << 16 : pair & 0xffff_0000)
                }
            }
        }
    }
}

extension Arithmetic {
    /// The grid on which parts of a weight begin: a multiple of the panels' width for every instruction set.
    public static let weightGrid = 48

    /// Packs a linear layer's weight into the order of the product.
    ///
    /// - Parameter partRows: the rows of each part that can be multiplied by alone, a multiple of `weightGrid`; `nil`:
    ///   the whole is one part.
    public func linear(_ weight: Matrix, partRows: Int? = nil) -> LinearWeight {
        let partRows = partRows ?? max(weight.rows, 1)
        precondition(partRows >= weight.rows || partRows % Self.weightGrid == 0, "parts of \(partRows) rows")
        func packed(_ form: LinearWeight.Form, _ elements: FloatBuffer) -> LinearWeight {
            LinearWeight(
                rows: weight.rows, columns: weight.columns, partRows: partRows, form: form, elements: elements)
        }
        switch product {
        case .openBLAS: return packed(.plain, weight.elements)
        case .panels: return panels(of: weight, packed)
        }
    }

    private func panels(
        of weight: Matrix, _ packed: (LinearWeight.Form, FloatBuffer) -> LinearWeight
    ) -> LinearWeight {
        let width = unsafe kernels.panel_columns
        let steps = dataType == .float32 ? weight.columns : (weight.columns + 1) / 2
        var panels = unsafe FloatBuffer(uninitialized: (weight.rows + width - 1) / width * width * steps)
        withExtendedLifetime(weight) {
            let start = unsafe panels.mutableStart()
            switch dataType {
            case .float32:
                unsafe kernels.pack_panels(weight.rows, weight.columns, weight.elements.start, weight.columns, start)
            case .bfloat16:
                let count = panels.count
                unsafe start.withMemoryRebound(to: UInt32.self, capacity: count) {
                    unsafe kernels.pack_panels_bfloat16(
                        weight.rows, weight.columns, weight.elements.start, weight.columns, $0)
                }
            }
        }
        return packed(dataType == .float32 ? .panels(columns: width) : .bfloat16Panels(columns: width), panels)
    }

    /// Calls a function with the rows rounded to bfloat16, in pairs, [rows, (columns + 1) / 2].
    func withRounded(
        _ values: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int,
        _ take: (UnsafePointer<UInt32>) -> Void
    ) {
        let count = rows * ((columns + 1) / 2)
        unsafe withUnsafeTemporaryAllocation(byteCount: max(count * 4, 4), alignment: 64) { memory in
            let rounded = unsafe memory.bindMemory(to: UInt32.self).baseAddress!
            unsafe kernels.round_to_bfloat16(rows, columns, values, stride, rounded)
            unsafe take(rounded)
        }
    }
}

internal import CKernels

/// How weights and what they are multiplied by are rounded for matrix products. Sums, states and all else are float32.
public enum DataType: String, Sendable, Codable, CaseIterable {
    case float32
    /// Weights and inputs of the linear layers are rounded to bfloat16.
    case bfloat16
}

/// What computes the products of the linear layers. Part of the profile: another one gives other last bits.
public enum ProductProvider: String, Sendable, Codable {
    /// Our own kernel over weights in panels. A row's bits depend neither on the number of rows nor on its place.
    case panels
    /// OpenBLAS over weights as a checkpoint has them; few rows by a kernel of our own.
    case openBLAS
}

/// A linear layer's weight [N, K], in the order in which the product reads it.
public struct LinearWeight: Sendable {
    /// N, the layer's outputs.
    public let rows: Int
    /// K, the layer's inputs.
    public let columns: Int
    let form: Form
    /// Plain, [N, K]. Panels: [N / panel, rounded up][K][panel]. Those of bfloat16 hold two neighbours of K in the bits of
    /// one element.
    let elements: FloatBuffer

    enum Form: Sendable {
        case plain
        case panels(columns: Int)
        case bfloat16Panels(columns: Int)
    }

    /// A copy of one row; of bfloat16, what it was rounded to.
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
    /// A multiple of the panels' width for every instruction set: where parts of a weight may begin.
    public static let weightGrid = 48

    /// A linear layer's weight, put in the order in which the product reads it.
    public func linear(_ weight: Matrix) -> LinearWeight {
        guard product == .panels else {
            return LinearWeight(rows: weight.rows, columns: weight.columns, form: .plain, elements: weight.elements)
        }
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
        return LinearWeight(
            rows: weight.rows, columns: weight.columns,
            form: dataType == .float32 ? .panels(columns: width) : .bfloat16Panels(columns: width), elements: panels)
    }
}

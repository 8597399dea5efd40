import Kernels
import TestSupport

/// Seeded numbers and comparisons (SplitMix64: Steele, Lea and Flood, 2014).
struct Numbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func float(_ range: ClosedRange<Float>) -> Float {
        range.lowerBound + (range.upperBound - range.lowerBound) * Float(next() >> 40) * 0x1p-24
    }

    mutating func floats(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in float(range) }
    }

    mutating func matrix(_ rows: Int, _ columns: Int, _ range: ClosedRange<Float> = -1...1) -> Matrix {
        Matrix(FloatBuffer(floats(rows * columns, range)), rows: rows, columns: columns)
    }
}

extension Matrix {
    var doubles: [Double] { elements.array.map(Double.init) }
}

/// The largest difference, in parts of the reference's largest element.
func error(of found: [Float], _ reference: [Double]) -> Double {
    precondition(found.count == reference.count, "\(found.count) and \(reference.count) elements")
    let scale = reference.reduce(1e-30) { max($0, abs($1)) }
    return zip(found, reference).reduce(0) { worst, pair in
        let difference = abs(Double(pair.0) - pair.1) / scale
        return difference.isNaN ? .infinity : max(worst, difference)
    }
}

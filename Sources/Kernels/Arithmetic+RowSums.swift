internal import CKernels

extension Arithmetic {
    /// Adds the rows in float64, row by row: sums[c] += Σ values[row, c]. The bits do not depend on the cuts into
    /// calls.
    public func add(_ values: MatrixView, rows: Int, to sums: inout [Double]) {
        values.require(rows: rows, columns: sums.count, "sum of rows")
        withExtendedLifetime(values) {
            unsafe sums.withUnsafeMutableBufferPointer { sums in
                guard let start = sums.baseAddress else { return }
                unsafe kernels.add_rows_to_doubles(rows, sums.count, values.start, values.stride, start)
            }
        }
    }
}

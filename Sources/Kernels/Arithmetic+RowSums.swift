internal import CKernels

extension Arithmetic {
    /// sums[c] += Σ over rows of values[row, c], in float64, row by row: the same however the rows are cut into calls.
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

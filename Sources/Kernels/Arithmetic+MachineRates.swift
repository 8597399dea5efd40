internal import CKernels

/// The operations whose rates bound a model's speed. `Benchmark` measures a machine by them.
extension Arithmetic {
    /// The sum of the elements. It reads them once, in order, as fast as memory allows.
    public func sum(_ elements: FloatBuffer) -> Float {
        withExtendedLifetime(elements) { unsafe kernels.sum_of_elements(elements.count, elements.start) }
    }

    /// Replaces each value by 2^-value, with the exponential of the scans. Values between 0 and 1 stay there.
    public func decay(_ values: inout FloatBuffer) {
        let count = values.count
        unsafe kernels.exponentials(count, values.mutableStart())
    }
}

internal import CKernels

/// Work whose rate bounds a model's: what `Benchmark` measures a machine by.
extension Arithmetic {
    /// Σ elements: reads them once, from first to last, as fast as memory gives them.
    public func sum(_ elements: FloatBuffer) -> Float {
        withExtendedLifetime(elements) { unsafe kernels.sum_of_elements(elements.count, elements.start) }
    }

    /// values = 2^-values: an exponential of each, as the scans take them. Values between 0 and 1 stay there.
    public func decay(_ values: inout FloatBuffer) {
        let count = values.count
        unsafe kernels.exponentials(count, values.mutableStart())
    }
}

internal import Jobs

/// The section `embed` of a job file.
struct EmbedForm: Sendable, Codable, Equatable {
    private var pooling: EmbedOptions.Pooling
    private var every: TextOrNumber
    private var normalize: Bool
    private var encoding: EmbedOptions.Encoding
    private var text: Bool

    init(_ options: EmbedOptions) {
        pooling = options.pooling
        every = options.windowTokens.map(TextOrNumber.number) ?? .text("document")
        normalize = options.normalize
        encoding = options.encoding
        text = options.text
    }
}

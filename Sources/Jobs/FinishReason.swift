/// The reason why a sample ended. The raw values are part of rows and messages.
public enum FinishReason: String, Sendable, Codable, CaseIterable {
    /// The model ended the text, or a stop string appeared.
    case stop
    /// `max_tokens` tokens were generated.
    case length
}

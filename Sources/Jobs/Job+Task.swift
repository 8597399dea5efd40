extension Job {
    /// The processing of each document of a job.
    public enum Task: Sendable, Equatable, Codable {
        case embed(EmbedOptions)
        case generate(GenerateOptions)
        case score(ScoreOptions)

        public var name: String {
            switch self {
            case .embed: "embed"
            case .generate: "generate"
            case .score: "score"
            }
        }

        /// The windows in each of which the state begins anew. The whole text is one window unless it is scored in
        /// windows.
        public var stateWindows: TokenWindows {
            if case .score(let options) = self { options.windows } else { TokenWindows(length: nil) }
        }
    }
}

import FoundationEssentials

/// The model that lies with the jobs to try.
public enum DemoModel {
    public static let directory =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path + "/Jobs/models/mamba2-books-6m"

    /// Of the model in the directory.
    public static let hiddenSize = 256
}

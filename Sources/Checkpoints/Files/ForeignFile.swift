/// What lies in the place of a model's file when a download did not bring it.
package enum ForeignFile {
    /// As much of a file as is looked at.
    private static let mostBytes = 512

    /// What the file is instead of a model's, and what brings that; `nil` if it is none that is known here.
    package static func problem(of file: MappedFile) -> String? {
        problem(of: file.bytes(0..<min(mostBytes, file.count)))
    }

    /// - Parameter bytes: the file's, or the first of them.
    package static func problem(of bytes: [UInt8]) -> String? {
        guard !bytes.isEmpty else { return "it is empty: download it again" }
        let start = String(decoding: bytes.prefix(mostBytes), as: UTF8.self)
        if start.hasPrefix("version https://git-lfs.github.com/spec/") {
            return "it is a Git LFS pointer, not the file itself: run 'git lfs pull' in its directory"
        }
        if start.hasPrefix("version https://hawser.github.com/spec/") {
            return "it is a Git LFS pointer of an old form, not the file itself: run 'git lfs pull' in its directory"
        }
        if start.hasPrefix("../../.git/annex/") || start.hasPrefix("/annex/objects/") {
            return "it is a git-annex pointer, not the file itself: run 'git annex get' on it"
        }
        if isPage(start) {
            return "it is a web page, not the file that was asked for, such as an error or a log-in of the site: "
                + "download it again"
        }
        // What the hub answers in place of a file, which some tools save as one.
        if answers.contains(where: start.hasPrefix) {
            return
                "it is an error message of the download, '\(start.prefix { !$0.isNewline }.prefix(60))': download it again"
        }
        return kinds.first { bytes.starts(with: $0.magic) }.map { "it is \($0.name)" }
    }

    private static let answers = [
        "Entry not found", "Repository not found", "Invalid username or password", "Access to model", "Not Found",
        "404: Not Found", "Invalid rev id", "Unauthorized", "Forbidden", "{\"error\":", "<?xml",
    ]

    /// Read as the length of a header of safetensors, each is larger than one may be.
    private static let kinds: [(magic: [UInt8], name: String)] = [
        (Array("GGUF".utf8), "a GGUF file of llama.cpp, which is not read; take the model's safetensors"),
        ([0x89, 0x48, 0x44, 0x46], "an HDF5 file of TensorFlow, which is not read; take the model's safetensors"),
        ([0x28, 0xb5, 0x2f, 0xfd], "compressed by zstd: unpack it"),
    ]

    private static func isPage(_ start: String) -> Bool {
        let text = start.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
        return text.hasPrefix("<!doctype html") || text.hasPrefix("<html") || text.hasPrefix("<head")
    }
}

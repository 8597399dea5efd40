/// A file that an incomplete download left in place of a model's file.
package enum ForeignFile {
    /// The number of bytes that are examined.
    private static let mostBytes = 512

    /// The kind of the foreign file, and how to get the model's file; `nil` if the file is of no known foreign kind.
    package static func problem(of file: MappedFile) -> String? {
        problem(of: file.bytes(0..<min(mostBytes, file.count)))
    }

    /// - Parameter bytes: the whole file, or its first bytes.
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
        // Some tools save the hub's error message as the file.
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

    /// The first bytes of other file formats. As the header length of a safetensors file, each would exceed the limit.
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

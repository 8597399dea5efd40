import Checkpoints
import Foundation

/// A directory that is gone when the object is.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/longscan-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    /// Writes float tensors as a safetensors file.
    func write(_ tensors: [String: (type: String, shape: [Int], bytes: [UInt8])], to name: String) throws {
        var entries: [String: SafetensorsHeader.Entry] = [:]
        var data: [UInt8] = []
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            let range = data.count..<data.count + tensor.bytes.count
            entries[name] = SafetensorsHeader.Entry(type: tensor.type, shape: tensor.shape, range: range)
            data += tensor.bytes
        }
        try write(SafetensorsHeader(entries: entries, metadata: [:]).encoded() + data, to: name)
    }
}

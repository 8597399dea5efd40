internal import Checkpoints
internal import Synchronization
internal import Tokenization

/// The bytes of a tokenizer's tokens. The file is parsed when they are first needed, because parsing takes longer than
/// opening a mapped model.
///
/// The file must be known to be a valid tokenizer: the initialiser does not check it.
final class DeferredTokenizer: TokenBytes {
    private enum State {
        case text([UInt8])
        case parsed(Tokenizer)
    }

    private let path: String
    private let state: Mutex<State>

    /// - Throws: `ModelError` when the file cannot be read.
    init(path: String) throws(ModelError) {
        self.path = path
        let file = try MappedFile(path: path)
        state = Mutex(.text(file.bytes(0..<file.count)))
    }

    var vocabularySize: Int { tokenizer.vocabularySize }

    func bytes(of id: Int32) -> [UInt8]? { tokenizer.bytes(of: id) }

    private var tokenizer: Tokenizer {
        state.withLock { state in
            switch state {
            case .parsed(let tokenizer): return tokenizer
            case .text(let json):
                do throws(TokenizerError) {
                    let tokenizer = try Tokenizer(json: json, name: path)
                    state = .parsed(tokenizer)
                    return tokenizer
                } catch {
                    preconditionFailure("a tokenizer that was read before: \(error)")
                }
            }
        }
    }
}

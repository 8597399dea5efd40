/// The properties of Unicode scalars that the pre-tokenizer and the normaliser need, one byte for each scalar.
///
/// Ids must equal Hugging Face's, so the categories are those of the Unicode version of its pattern engine (Oniguruma:
/// 16.0). Later scalars count as unassigned, there and here.
struct ScalarClasses: Sendable {
    /// The classes that the GPT-2 pattern tells apart: `\p{L}`, `\p{N}`, `\s` and everything else.
    enum Class {
        static let other: UInt8 = 0
        static let letter: UInt8 = 1
        static let number: UInt8 = 2
        static let space: UInt8 = 3
        /// The punctuation of Hugging Face's Punctuation, a part of the class of everything else. Only
        /// `classAndPunctuation` tells it apart.
        static let punctuation: UInt8 = 8
    }

    static let shared = ScalarClasses()

    private static let classBits: UInt8 = 0b011
    private static let compositionBit: UInt8 = 0b100
    private static let newestVersion = 16
    /// The Unicode version of the table (Rust's `unicode_categories`) by which Hugging Face tells punctuation.
    private static let newestPunctuationVersion = 8
    /// The characters that were punctuation in Unicode 8, and are a symbol and a mark since.
    private static let formerPunctuation: [UInt32] = [0x166D, 0x111C9]

    /// The end of the table, which includes the 542 compatibility ideographs (U+2F800 …). Scalars beyond it are no
    /// letters, numbers or spaces and have no compositions.
    private static let end: UInt32 = 0x323B0

    private let flags: [UInt8]

    private init() {
        flags = (0..<Self.end).map { value in
            guard let scalar = Unicode.Scalar(value) else { return Class.other }
            return Self.flags(of: scalar) | (Self.isPunctuation(scalar) ? Class.punctuation : 0)
        }
    }

    @inline(__always)
    func scalarClass(_ value: UInt32) -> UInt8 {
        value < Self.end ? flags[Int(value)] & Self.classBits : Class.other
    }

    /// The class of a scalar, or `punctuation`.
    @inline(__always)
    func classAndPunctuation(_ value: UInt32) -> UInt8 {
        value < Self.end ? flags[Int(value)] & (Self.classBits | Class.punctuation) : Class.other
    }

    /// Whether composition (NFC) may change or move the scalar, or join it with one before it. May be true without
    /// need: marks of all kinds count.
    @inline(__always)
    func mayCompose(_ value: UInt32) -> Bool {
        value < Self.end && flags[Int(value)] & Self.compositionBit != 0
    }

    private static func flags(of scalar: Unicode.Scalar) -> UInt8 {
        let properties = scalar.properties
        let composition = properties.isFullCompositionExclusion ? compositionBit : 0
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            guard isKnown(properties) else { return Class.other }
            let isConjoiningJamo = CanonicalMappings.isConjoiningJamo(scalar.value)
            return Class.letter | (isConjoiningJamo ? compositionBit : composition)
        case .decimalNumber, .letterNumber, .otherNumber:
            return isKnown(properties) ? Class.number | composition : Class.other
        case .nonspacingMark, .spacingMark, .enclosingMark:
            return Class.other | compositionBit
        case .unassigned, .privateUse, .surrogate:
            return Class.other
        default:
            return (properties.isWhitespace ? Class.space : Class.other) | composition
        }
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            (scalar.properties.age?.major ?? .max) <= newestPunctuationVersion
        case .currencySymbol, .mathSymbol, .modifierSymbol: scalar.isASCII
        default: formerPunctuation.contains(scalar.value)
        }
    }

    private static func isKnown(_ properties: Unicode.Scalar.Properties) -> Bool {
        (properties.age?.major ?? .max) <= newestVersion
    }
}

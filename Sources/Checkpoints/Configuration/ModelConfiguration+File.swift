extension ModelConfiguration {
    /// Reads a `config.json` of Hugging Face transformers (a `model_type` of `ModelFamily.all`) or of the original
    /// state-spaces models (`d_model`, `n_layer`, `ssm_cfg`).
    ///
    /// - Throws: `ModelError` that names the file and the key which is missing, mistyped or not supported.
    public init(file: String) throws(ModelError) {
        let mapped = try MappedFile(path: file)
        try self.init(json: mapped.bytes(0..<mapped.count), file: file)
    }

    /// - Parameter file: what error messages name.
    /// - Throws: `ModelError`, as `init(file:)`.
    public init(json: [UInt8], file: String) throws(ModelError) {
        let fields = try ConfigurationFields(json: json, file: file)
        // Models that were converted for transformers may have the original keys, too.
        if fields.value("hidden_size") == nil, try fields.integer("d_model") != nil {
            self = try StateSpacesReader(keys: StateSpacesKeys(fields), file: file).configuration()
        } else {
            // First of all: what other keys lack or say of another architecture tells nobody what is wrong.
            let family = try HuggingFaceReader.family(fields.text("model_type"), file: file)
            self = try HuggingFaceReader(keys: HuggingFaceKeys(fields), file: file).configuration(of: family)
        }
    }
}

extension ModelConfiguration {
    /// Reads a `config.json` of Hugging Face transformers (a `model_type` of `ModelFamily.all`) or of the original
    /// state-spaces models (`d_model`, `n_layer`, `ssm_cfg`).
    ///
    /// - Throws: `ModelError` when a key is missing, mistyped or not supported. The error names the file and the key.
    public init(file: String) throws(ModelError) {
        let mapped = try MappedFile(path: file)
        try self.init(json: mapped.bytes(0..<mapped.count), file: file)
    }

    /// - Parameter file: the file's name in error messages.
    /// - Throws: `ModelError`, as `init(file:)`.
    public init(json: [UInt8], file: String) throws(ModelError) {
        let fields = try ConfigurationFields(json: json, file: file)
        // Models converted for transformers may still have the original keys.
        if fields.value("hidden_size") == nil, try fields.integer("d_model") != nil {
            self = try StateSpacesReader(keys: StateSpacesKeys(fields), file: file).configuration()
        } else {
            // The family is checked first: for a model of another architecture, an error about any other key would
            // mislead.
            let family = try HuggingFaceReader.family(fields.text("model_type"), file: file)
            self = try HuggingFaceReader(keys: HuggingFaceKeys(fields), file: file).configuration(of: family)
        }
    }
}

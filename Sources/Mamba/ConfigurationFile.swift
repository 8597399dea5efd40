extension ModelConfiguration {
    /// Reads a `config.json` of Hugging Face transformers (`model_type` `mamba`, `mamba2` or `falcon_mamba`) or of the
    /// original state-spaces models (`d_model`, `n_layer`, `ssm_cfg`).
    ///
    /// - Throws: `ModelError` that names the file and the key which is missing, mistyped or not supported.
    public init(file: String) throws(ModelError) {
        let mapped = try MappedFile(path: file)
        try self.init(json: mapped.bytes(0..<mapped.count), file: file)
    }

    /// - Parameter file: what error messages name.
    /// - Throws: `ModelError`, as `init(file:)`.
    public init(json: [UInt8], file: String) throws(ModelError) {
        let keys = try PythonJSON.decode(HuggingFaceKeys.self, from: json, file: file)
        // Models that were converted for transformers may have the original keys, too.
        if keys.hiddenSize == nil, keys.dModel != nil {
            let keys = try PythonJSON.decode(StateSpacesKeys.self, from: json, file: file)
            self = try StateSpacesReader(keys: keys, file: file).configuration()
        } else {
            self = try HuggingFaceReader(keys: keys, file: file).configuration()
        }
    }
}

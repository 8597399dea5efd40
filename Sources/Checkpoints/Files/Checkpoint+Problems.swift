extension Checkpoint {
    /// All problems of the tensors for a model: missing or left-over tensors, wrong shapes, unsupported types, numbers
    /// that are not finite, and a head that differs from the tied embedding. Empty if the model can be used.
    ///
    /// Reads every number once and keeps none.
    ///
    /// - Parameter atMost: the number of problems after which to stop.
    public func problems(for configuration: ModelConfiguration, atMost limit: Int = .max) -> [ModelError] {
        let names = TensorNames(source.names)
        var problems: [ModelError] = []
        var known: Set<String> = []
        for (name, shape) in configuration.tensorShapes {
            guard problems.count < limit else { return problems }
            let stored = names.stored(name)
            known.insert(stored)
            // A missing head is no problem for embeddings. `lacksHead` reports it.
            if name == Self.head, source.shape(of: stored) == nil { continue }
            if let problem = problem(stored, shape: shape) { problems.append(problem) }
            source.releasePages()
        }
        if configuration.tiesEmbeddings {
            known.insert(names.stored(Self.head))
            if let problem = tieProblem(names.stored(Self.embedding), names.stored(Self.head)) {
                problems.append(problem)
            }
        }
        let left = source.names.subtracting(known).sorted()
        if !left.isEmpty { problems.append(.leftOverTensors(left, file: source.file)) }
        return Array(problems.prefix(limit))
    }

    /// Whether the checkpoint has no head, so that tokens cannot be scored.
    public func lacksHead(of configuration: ModelConfiguration) -> Bool {
        !configuration.tiesEmbeddings && source.shape(of: TensorNames(source.names).stored(Self.head)) == nil
    }

    private static let embedding = "backbone.embeddings.weight"
    private static let head = "lm_head.weight"

    private func problem(_ name: String, shape: [Int]) -> ModelError? {
        guard let found = source.shape(of: name) else { return .missingTensor(name, file: source.file) }
        let file = source.file(of: name)
        guard found == shape else { return .misshapenTensor(name, shape: found, expected: shape, file: file) }
        do throws(ModelError) {
            return try source.isFinite(name) ? nil : .notFinite(tensor: name, file: file)
        } catch {
            return error
        }
    }

    /// The problem of a tied model whose checkpoint stores another head: mamba_ssm would use the one, transformers the
    /// other.
    private func tieProblem(_ embedding: String, _ headName: String) -> ModelError? {
        do throws(ModelError) {
            guard let head = try source.tensor(headName, expecting: []) else { return nil }
            guard let tensor = try source.tensor(embedding, expecting: []) else { return nil }
            guard head.shape != tensor.shape || head.elements != tensor.elements else { return nil }
            return .unequalTensors(headName, embedding, file: source.file(of: headName))
        } catch {
            return error
        }
    }
}

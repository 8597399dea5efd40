import Jobs

/// The conversion of a job file's keys to a ``Job``.
struct JobDecoding {
    private enum TaskName: String, CaseIterable { case embed, generate, score }

    /// The path that stands for standard input.
    static let standardInput = "-"

    /// The base directory of relative paths.
    let directory: String

    func job(_ section: inout YAMLSection, model search: JobFile.ModelSearch) throws(JobFileError) -> Job {
        let task = try section.required("task", example: "embed").choice(TaskName.self)
        let model = try section.required("model", example: "models/mamba2-books-6m")
        let input = try section.required("input", example: "documents/*.txt")
        let output = try section.required("output", example: "out/rows.jsonl")
        // Sections of other tasks may be in the file too, and are checked.
        let embed = try embedOptions(&section)
        let generate = try generateOptions(&section)
        let score = try scoreOptions(&section)
        let chosen: Job.Task =
            switch task {
            case .embed: .embed(embed)
            case .generate: .generate(generate)
            case .score: .score(score)
            }
        var job = Job(
            task: chosen,
            model: AbsolutePath.of(try model.path(in: directory), in: directory),
            inputs: try inputs(input),
            output: try outputPath(output))
        if let tokens = try section.value("chunk_tokens")?.integer(Job.chunkRange) { job.chunkTokens = tokens }
        if let limit = try section.value("max_errors").map(errorLimit) { job.errorLimit = limit }
        if let value = section.value("dtype") { job.dataType = try value.choice() }
        try section.refuse(job.limitProblem)
        // Missing files are checked last, so that mistakes in the file are reported first.
        try section.refuseUnknownKeys()
        return try finding(model, of: job, with: search)
    }

    private func finding(
        _ model: YAMLValue, of job: Job, with search: JobFile.ModelSearch
    ) throws(JobFileError) -> Job {
        var job = job
        do throws(JobFile.ModelNotFound) {
            job.model = try search(model.text, job.model)
        } catch {
            throw model.error(error.message, kind: .missing)
        }
        return job
    }

    /// The inputs of a path, of a mapping with details, or of a list of both.
    private func inputs(_ value: YAMLValue) throws(JobFileError) -> [Job.Input] {
        let values = value.elements ?? [value]
        guard !values.isEmpty else { throw value.error("names no file") }
        var inputs: [Job.Input] = []
        for value in values {
            inputs.append(value.isMapping ? try describedInput(value) : try self.input(value))
        }
        return inputs
    }

    private func input(_ value: YAMLValue) throws(JobFileError) -> Job.Input {
        guard let path = value.plainText else {
            throw value.error("a path belongs here, or a mapping as in '{path: logs/*.log, format: lines}'")
        }
        guard !path.isEmpty else { throw value.error("names no file") }
        if let hint = AbsolutePath.shellWord(in: path, of: directory) { throw value.error(hint) }
        return Job.Input(asGiven: path, path: path == Self.standardInput ? path : AbsolutePath.of(path, in: directory))
    }

    private func describedInput(_ value: YAMLValue) throws(JobFileError) -> Job.Input {
        var section = try YAMLSection(
            file: value.file, path: value.key + ".", node: value.node, origin: value.origin)
        var input = try self.input(section.required("path", example: "logs/*.log"))
        if let name = section.value("as") { input.asGiven = try self.name(name, of: input) }
        input.format = try section.value("format")?.choice()
        for (key, field) in [("text_key", \Job.Input.textKey), ("id_key", \Job.Input.idKey)] {
            guard let name = section.value(key) else { continue }
            input[keyPath: field] = try name.string()
            if let format = input.format, !format.hasKeys {
                throw name.error("goes with the formats jsonl, json and csv, not with \(format.rawValue)")
            }
        }
        if let text = input.textKey ?? input.idKey, text == (input.idKey ?? "id"), text == (input.textKey ?? "text") {
            throw value.error("text_key and id_key are both '\(text)'")
        }
        try section.refuseUnknownKeys()
        return input
    }

    /// The name that replaces an input's path in ids.
    private func name(_ value: YAMLValue, of input: Job.Input) throws(JobFileError) -> String {
        let name = try value.string()
        if name.isEmpty { throw value.error("names nothing") }
        guard input.path != Self.standardInput, name != Self.standardInput else {
            throw value.error("'-' is standard input, which has no other name")
        }
        return name
    }

    private func outputPath(_ value: YAMLValue) throws(JobFileError) -> String {
        let path = try value.path(in: directory)
        guard path.hasSuffix(".jsonl") else {
            throw value.error("rows are JSON lines: the name must end in .jsonl, not '\(path)'")
        }
        return AbsolutePath.of(path, in: directory)
    }

    private func errorLimit(_ value: YAMLValue) throws(JobFileError) -> Job.ErrorLimit {
        let text = try value.string()
        guard text.hasSuffix("%") else { return .count(try value.integer(Job.errorRange)) }
        guard let percent = Double(text.dropLast()), Job.percentRange.contains(percent) else {
            throw value.error(Job.percentRange.refusal(of: text))
        }
        return .fraction(percent / 100)
    }

    private func embedOptions(_ parent: inout YAMLSection) throws(JobFileError) -> EmbedOptions {
        var options = EmbedOptions()
        guard var section = try parent.section("embed") else { return options }
        if let value = section.value("pooling") { options.pooling = try value.choice() }
        if let value = section.value("every"), value.text != "document" {
            guard let tokens = try? value.integer(EmbedOptions.windowRange) else {
                throw value.error("'document' or a number of tokens belongs here, not '\(value.text)'")
            }
            options.windowTokens = tokens
        }
        if let value = section.value("normalize") { options.normalize = try value.bool() }
        if let value = section.value("encoding") { options.encoding = try value.choice() }
        if let value = section.value("text") { options.text = try value.bool() }
        try section.refuse(options.problem)
        try section.refuseUnknownKeys()
        return options
    }

    private func generateOptions(_ parent: inout YAMLSection) throws(JobFileError) -> GenerateOptions {
        var options = GenerateOptions()
        guard var section = try parent.section("generate") else { return options }
        for option in GenerateOption.ofJobFiles {
            if let value = section.value(option.key) { try value.read(option, into: &options) }
        }
        try section.refuse(options.problem)
        try section.refuseUnknownKeys()
        return options
    }

    private func scoreOptions(_ parent: inout YAMLSection) throws(JobFileError) -> ScoreOptions {
        var options = ScoreOptions()
        guard var section = try parent.section("score") else { return options }
        if let value = section.value("per") { options.per = try value.choice() }
        if let value = section.value("window") { options.windowTokens = try value.integer(ScoreOptions.windowRange) }
        if let value = section.value("logprobs") { options.logprobs = try value.bool() }
        try section.refuse(options.problem)
        try section.refuseUnknownKeys()
        return options
    }
}

extension YAMLSection {
    /// Refuses an invalid value of an option.
    fileprivate mutating func refuse(_ problem: OptionProblem?) throws(JobFileError) {
        guard let problem else { return }
        throw error(problem)
    }
}

extension YAMLValue {
    fileprivate func read(_ option: GenerateOption, into options: inout GenerateOptions) throws(JobFileError) {
        switch option.value {
        case .integer(let place, let range): options[keyPath: place] = try integer(range)
        case .number(let place, let range): options[keyPath: place] = try number(range)
        case .flag(let place): options[keyPath: place] = try bool()
        case .seed(let place): options[keyPath: place] = UInt64(try integer(OptionRange(0 ... .max)))
        case .texts(let place): options[keyPath: place] = try strings()
        }
    }
}

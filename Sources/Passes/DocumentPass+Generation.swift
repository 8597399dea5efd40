public import Jobs

extension DocumentPass {
    /// Continues the document, after its last token was read.
    ///
    /// A second call goes on where the first ended; the tokens do not depend on the sizes of the calls. Samples come in
    /// order: the first call for a new sample starts it from the state after the document. In a document of several
    /// texts, the samples of the second text are numbered from `n` on.
    ///
    /// - Parameters:
    ///   - count: the most tokens to generate now.
    ///   - sample: the number of the sample; each text of a document has `n` of them.
    /// - Returns: the new tokens. If `finish` is set the sample is complete, and a further call gives no more tokens.
    /// - Throws: `InferenceError`.
    public mutating func generate(
        atMost count: Int, sample number: Int, on lane: Lane
    ) throws(InferenceError) -> StepOutput.Generated {
        var run = try startRun(sample: number, atMost: count, on: lane)
        while run.wantsMore {
            let chosen = lane.engine.nextTokens([run.choice(after: state)])[0]
            guard let token = try take(chosen, into: &run) else { break }
            try take(lane.engine.read([Piece([token], from: state.own())])[0], on: lane)
        }
        return end(run)
    }

    /// Takes the sample out of the pass, to go on with it; `end` puts it back.
    mutating func startRun(
        sample number: Int, atMost count: Int, on lane: Lane
    ) throws(InferenceError) -> GenerationRun {
        precondition(lane.model === model, "a lane of another model")
        guard var generation = readout as? GenerationReadout, isComplete else {
            throw InferenceError.outOfOrder(reason: "generating before the last token was read, or for another task")
        }
        guard model.engine.hasHead else { throw InferenceError.noHead }
        guard generation.options.stop.isEmpty || model.tokenBytes != nil else {
            throw InferenceError.stopStringsWithoutTokenizer
        }
        if generation.current?.number != number { try generation.begin(sample: number, from: &state) }
        guard let sample = generation.current, state.offset > 0 else {
            throw InferenceError.outOfOrder(reason: "generating after no token")
        }
        return GenerationRun(
            generation, sample: sample, atMost: count, documentID: documentID,
            vocabularySize: model.sampledVocabularySize)
    }

    /// - Returns: the tokens that the run added to the sample.
    mutating func end(_ run: GenerationRun) -> StepOutput.Generated {
        let ended = run.ended
        readout = ended
        var output = run.output
        output.finish = ended.current?.finish
        output.textEnd = ended.current?.textEnd
        return output
    }

    /// Adds the token that was chosen for a run; `nil` if no token could be chosen.
    ///
    /// - Returns: the token to read next; `nil` if the sample is complete.
    func take(_ chosen: ChosenToken?, into run: inout GenerationRun) throws(InferenceError) -> Int32? {
        guard let chosen else { throw InferenceError.notFinite(position: state.offset - 1) }
        return run.take(chosen, of: model)
    }

    /// Takes the output of a generated token that was read.
    func take(_ output: PieceOutput, on lane: Lane) throws(InferenceError) {
        lane.onProgress(1)
        guard output.isFinite else { throw InferenceError.notFinite(position: state.offset - 1) }
    }
}

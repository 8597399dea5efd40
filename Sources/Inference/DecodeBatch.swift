internal import Mamba

extension Lane {
    /// The most documents of a call of `generate`.
    public static let largestBatch = LanguageModel.blockTokens

    /// Continues several documents together, each token of all of them in one pass over the weights.
    ///
    /// Every document gets the tokens, bit for bit, that `DocumentPass.generate` gives it alone, whatever its company. A
    /// document whose sample completes leaves the batch at once; so that others can join, ask for few tokens at a time.
    ///
    /// - Parameters:
    ///   - passes: at most `largestBatch`, each one read to its end, of this lane's model.
    ///   - count: the most tokens to generate now, of each.
    ///   - samples: the number of the sample of each document.
    /// - Returns: for each document what `DocumentPass.generate` returns or throws; a pass that failed is of no further use,
    ///   the others are.
    public func generate(
        _ passes: inout [DocumentPass], atMost count: Int, samples: [Int]
    ) -> [Result<GeneratedTokens, InferenceError>] {
        precondition(passes.count == samples.count && passes.count <= Self.largestBatch, "a batch of \(passes.count)")
        var runs: [Int: GenerationRun] = [:]
        var results: [Int: Result<GeneratedTokens, InferenceError>] = [:]
        for index in passes.indices {
            do throws(InferenceError) {
                runs[index] = try passes[index].startRun(sample: samples[index], on: self)
            } catch {
                results[index] = .failure(error)
            }
        }
        while true {
            let open = passes.indices.filter { runs[$0]?.wantsMore(than: count) ?? false }
            guard !open.isEmpty else { break }
            let chosen = choose(of: open, runs: &runs)
            read(chosen, in: &passes, runs: &runs, failures: &results)
        }
        for (index, run) in runs { results[index] = .success(passes[index].end(run)) }
        return passes.indices.compactMap { results[$0] }
    }

    /// The next token of each of some documents, without those whose samples are complete with it.
    private func choose(of open: [Int], runs: inout [Int: GenerationRun]) -> [(index: Int, token: Int32)] {
        let rows = open.compactMap { runs[$0]?.hidden }
        var chosen: [(index: Int, token: Int32)] = []
        model.language.forEachDistribution(after: rows, in: workspace) { place, distribution in
            if let token = runs[open[place]]?.choose(from: distribution, of: model) {
                chosen.append((open[place], token))
            }
        }
        return chosen
    }

    private func read(
        _ chosen: [(index: Int, token: Int32)], in passes: inout [DocumentPass], runs: inout [Int: GenerationRun],
        failures: inout [Int: Result<GeneratedTokens, InferenceError>]
    ) {
        var states = chosen.map { passes[$0.index].state.moved() }
        model.language.readBlocks(chosen.map { [$0.token] }, from: &states, in: workspace)
        for place in chosen.indices.reversed() { passes[chosen[place].index].state = states.removeLast() }
        for (place, (index, _)) in chosen.enumerated() {
            do throws(InferenceError) {
                runs[index]?.hidden = try passes[index].row(place, on: self)
            } catch {
                runs[index] = nil
                failures[index] = .failure(error)
            }
        }
    }
}

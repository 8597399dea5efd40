extension Reference {
    /// The arguments of the Mamba-1 scan, as `Arithmetic.selectiveScan` takes them.
    package struct Scan {
        package var steps: [Double]
        package var input: [Double]
        package var b: [Double]
        package var c: [Double]
        package var gate: [Double]
        /// The matrix A, [channels, states].
        package var a: [Double]
        package var skip: [Double]
        package var stepBias: [Double]

        package init(
            steps: [Double], input: [Double], b: [Double], c: [Double], gate: [Double], a: [Double], skip: [Double],
            stepBias: [Double]
        ) {
            self.steps = steps
            self.input = input
            self.b = b
            self.c = c
            self.gate = gate
            self.a = a
            self.skip = skip
            self.stepBias = stepBias
        }
    }

    /// The Mamba-1 scan, token by token: Δ = softplus(steps + bias), h = exp(Δ·A)·h + Δ·B·u, y = C·h + D·u, output = y
    /// · silu(z).
    ///
    /// - Parameter state: h, [states, channels], which moves on by the rows.
    package static func selectiveScan(_ s: Scan, state: inout [Double]) -> [Double] {
        let channels = s.skip.count
        let states = s.a.count / channels
        var output = [Double](repeating: 0, count: s.input.count)
        for t in 0..<s.input.count / channels {
            for channel in 0..<channels {
                let at = t * channels + channel
                let step = softplus(s.steps[at] + s.stepBias[channel])
                var y = s.skip[channel] * s.input[at]
                for n in 0..<states {
                    let decay = exponential(step * s.a[channel * states + n])
                    let h = decay * state[n * channels + channel] + step * s.b[t * states + n] * s.input[at]
                    state[n * channels + channel] = h
                    y += s.c[t * states + n] * h
                }
                output[at] = y * silu(s.gate[at])
            }
        }
        return output
    }

    /// The arguments of the Mamba-2 state-space layer, as `Arithmetic.stateSpaceDuality` takes them.
    package struct Heads {
        package var input: [Double]
        package var b: [Double]
        package var c: [Double]
        /// The steps after softplus and clamp, [rows, heads].
        package var steps: [Double]
        /// The numbers A, [heads].
        package var a: [Double]
        package var skip: [Double]
        package var headChannels: Int
        package var groups: Int

        package init(
            input: [Double], b: [Double], c: [Double], steps: [Double], a: [Double], skip: [Double], headChannels: Int,
            groups: Int
        ) {
            self.input = input
            self.b = b
            self.c = c
            self.steps = steps
            self.a = a
            self.skip = skip
            self.headChannels = headChannels
            self.groups = groups
        }
    }

    /// The recurrence of each head, token by token: h = exp(Δ·A)·h + Δ·B·x, y = C·h + D·x.
    ///
    /// - Parameter state: h, [states, heads · head channels], which moves on by the rows.
    package static func headRecurrence(_ s: Heads, state: inout [Double]) -> [Double] {
        let heads = s.a.count
        let channels = heads * s.headChannels
        let rows = s.steps.count / heads
        let states = s.b.count / (rows * s.groups)
        var output = [Double](repeating: 0, count: rows * channels)
        for t in 0..<rows {
            for channel in 0..<channels {
                let head = channel / s.headChannels
                let step = s.steps[t * heads + head]
                let x = s.input[t * channels + channel]
                let group = t * s.groups + head / (heads / s.groups)
                let decay = exponential(step * s.a[head])
                var y = s.skip[head] * x
                for n in 0..<states {
                    let h = decay * state[n * channels + channel] + step * s.b[group * states + n] * x
                    state[n * channels + channel] = h
                    y += s.c[group * states + n] * h
                }
                output[t * channels + channel] = y
            }
        }
        return output
    }
}

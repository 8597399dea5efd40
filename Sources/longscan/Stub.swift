import ArgumentParser
import Jobs

struct ModelCommand: ParsableCommand {}
struct BenchCommand: ParsableCommand {}
struct DryRun { init(job: Job, lanes: Int) {}; func report() throws {} }

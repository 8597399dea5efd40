import ArgumentParser
import Jobs

struct BenchCommand: ParsableCommand {}

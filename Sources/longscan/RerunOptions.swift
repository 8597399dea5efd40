import ArgumentParser
import Coordination

/// What is done with rows that a job has already.
struct RerunOptions: ParsableArguments {
    @Flag(help: "Do everything anew; the rows that are there stay until the new ones take their place.")
    var again = false

    @Flag(help: "Do what is new or has changed since the rows were written, and what has error rows; keep the rest.")
    var update = false

    func validate() throws {
        if again, update {
            throw ValidationError("--again does everything anew, --update a part of it: give one of them")
        }
    }

    var rerun: Rerun? { again ? .again : update ? .update : nil }
}

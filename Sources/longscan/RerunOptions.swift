import ArgumentParser
import Coordination

/// The treatment of rows that a job already has.
struct RerunOptions: ParsableArguments {
    @Flag(help: "Do all documents again; the present rows stay until the new ones replace them.")
    var again = false

    @Flag(help: "Do only new documents, changed documents and those with error rows; keep the other rows.")
    var update = false

    func validate() throws {
        if again, update {
            throw ValidationError("--again does all documents again, --update some of them: give only one")
        }
    }

    var rerun: Rerun? { again ? .again : update ? .update : nil }
}

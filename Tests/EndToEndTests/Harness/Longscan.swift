import Foundation
import TestSupport

/// The program under test, and the files of the package that the tests use.
enum Longscan {
    /// The built program, which lies beside the test bundle.
    static let path = productsDirectory + "/longscan"

    private static let productsDirectory = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().path

    /// A demo model of the package.
    static func model(_ name: String) -> String {
        URL(filePath: #filePath + "/../../../../Jobs/models/" + name).standardizedFileURL.path
    }

    /// The demo model that tests use where the family does not matter.
    static let books = model("mamba2-books-6m")

    /// Starts the program.
    /// - Parameters:
    ///   - directory: in which it runs.
    ///   - wrapper: a command that runs the one which follows it, elsewhere.
    static func start(
        _ arguments: [String], in directory: String = "/", input: [UInt8] = [], wrapper: [String] = []
    ) throws -> RunningProcess {
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure("there is no \(path): build the product 'longscan' in the configuration of the tests")
        }
        let command = wrapper + [path] + arguments
        return try RunningProcess(command[0], Array(command.dropFirst()), in: directory, input: input)
    }

    /// Starts the program and waits for its end.
    static func run(_ arguments: [String], in directory: String = "/", input: [UInt8] = []) throws -> Ended {
        try start(arguments, in: directory, input: input).ended()
    }
}

/// Why a test cannot go on.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

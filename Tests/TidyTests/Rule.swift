/// What a source file must not have.
struct Rule: Sendable, CustomStringConvertible {
    /// What is wrong with a line that breaks the rule.
    let description: String
    /// A file that breaks the rule in its last line and nowhere else.
    let bad: (path: String, text: String)
    /// Numbers of the lines that break the rule.
    let violations: @Sendable (SourceFile) -> [Int]

    static let all = imports + words + sizes
}

// MARK: - Who imports what

extension Rule {
    /// Each C module has one wrapper.
    static let wrappers = [
        "CThreads": "Sources/Threads/", "CZeroMQ": "Sources/ZeroMQ/", "CKernels": "Sources/Kernels/",
        "CZlib": "Sources/Documents/Compression/", "CZstd": "Sources/Documents/Compression/",
    ]

    /// The core's arrows: what Package.swift lets its modules import, beside the standard library and
    /// FoundationEssentials.
    static let core: [String: Set<String>] = [
        "Bytes": [], "Jobs": ["Bytes"], "JSON": ["Bytes"], "Tokenization": ["Bytes", "JSON"],
        "Checkpoints": ["Bytes", "JSON", "Kernels"],
        "ModelFiles": ["Bytes", "Checkpoints", "Jobs", "Tokenization", "Crypto"],
        "Mamba": ["Checkpoints", "Kernels"],
        "Passes": ["Bytes", "Checkpoints", "Jobs", "ModelFiles", "Crypto"],
        "Inference": ["Checkpoints", "Jobs", "Kernels", "Mamba", "ModelFiles", "Passes"],
        "Coordination": ["Bytes", "Jobs"],
    ]

    /// Files of the core that need more, and say why themselves.
    static let coreExceptions: [String: Set<String>] = [
        "Sources/Checkpoints/Files/MappedFile.swift": ["Glibc", "Musl"],
        "Sources/Tokenization/CanonicalMappings.swift": ["Foundation"],
    ]

    /// Modules in which a model computes. Who only speaks to an engine must work without them: on a GPU, or where
    /// nothing computes.
    private static let arithmetic: Set<String> = ["Inference", "Kernels", "Mamba"]

    private static let imports = [
        Rule(
            description: "the arithmetic is the engine's alone",
            bad: ("Sources/Passes/A.swift", "internal import Jobs\ninternal import Mamba")
        ) { file in
            let speaksToEngines = file.isIn([
                "Sources/Passes/", "Sources/WorkerDaemon/", "Sources/Coordination/", "Sources/CoordinatorDaemon/",
                "Sources/JobRuns/",
            ])
            return speaksToEngines ? file.imports.filter { arithmetic.contains($0.module) }.map(\.line) : []
        },
        Rule(
            description: "a C module is imported by its wrapper alone",
            bad: ("Sources/WorkerDaemon/A.swift", "import Jobs\ninternal import CZeroMQ")
        ) { file in
            file.imports.filter { wrappers[$0.module].map { !file.isIn([$0]) } ?? false }.map(\.line)
        },
        Rule(
            description: "the core imports its arrows and the standard library alone",
            bad: ("Sources/Coordination/A.swift", "public import Jobs\nimport Glibc")
        ) { file in
            let parts = file.path.split(separator: "/")
            guard parts[0] == "Sources", let arrows = core[String(parts[1])] else { return [] }
            let allowed = arrows.union(["FoundationEssentials", "Synchronization"])
                .union(coreExceptions[file.path] ?? [])
            return file.imports.filter { !allowed.contains($0.module) }.map(\.line)
        },
    ]
}

// MARK: - Words

extension Rule {
    /// Where memory is reached without the compiler's checks, and why there.
    static let unsafePlaces = [
        "Sources/Bytes/LittleEndian.swift": "thousands of numbers are copied as they lie in memory",
        "Sources/Threads/": "threads and the waits for mailboxes are system calls that take pointers",
        "Sources/ZeroMQ/": "libzmq is a C library",
        "Sources/Kernels/": "the arithmetic's inner loops, and BLAS, which is a C library",
        "Sources/Checkpoints/Files/MappedFile.swift": "weights are memory-mapped",
        "Sources/Documents/Files/FileDescriptor.swift": "the system calls on files take pointers",
        "Sources/longscan/System/": "processes, signals and streams are system calls that take pointers",
        "Sources/longscan/Run/TerminalWidth.swift": "a terminal's size comes by a pointer",
        "Sources/Documents/Compression/": "zlib and libzstd are C libraries",
        "Tests/EndToEndTests/Harness/ClosedPipe.swift": "pipes are made by a system call that takes a pointer",
        "Tests/EndToEndTests/Harness/FaultyProxy.swift": "sockets are system calls that take pointers",
        "Tests/EndToEndTests/Harness/RunningProcess.swift": "processes are started by system calls that take pointers",
        "Tests/ZeroMQTests/": "a peer that is not libzmq, and signals, need system calls",
    ]

    private static let words = [
        Rule(
            description: "memory is unsafe in few places only",
            bad: ("Sources/Jobs/A.swift", "// unsafe\nlet a = \"unsafe\"\nlet b = \"\\(unsafe c)\"")
        ) { file in
            file.isIn(unsafePlaces.keys) ? [] : file.lines { $0.words.contains("unsafe") }
        },
        Rule(
            description: "what the compiler does not check has its reason beside it",
            bad: ("Sources/ZeroMQ/A.swift", "// Far away.\n\nfinal class A: @unchecked Sendable {}")
        ) { file in
            file.lines { $0.contains("@unchecked Sendable") || $0.contains("nonisolated(unsafe)") }.filter { number in
                let near = file.text.comments[max(0, number - 2)..<number]
                return near.allSatisfy { $0.allSatisfy(\.isWhitespace) }
            }
        },
        Rule(
            description: "libraries do not print",
            bad: ("Sources/Jobs/A.swift", "a.print(1)\nfingerprint(1)\nif true { print(\"a\") }")
        ) { file in
            guard file.isIn(["Sources/"]), !file.isIn(["Sources/longscan/"]) else { return [] }
            return file.lines { $0.contains(/(^|[^\w.])print\(/) }
        },
        Rule(
            description: "tests wait for what they need, they do not sleep",
            bad: (
                "Tests/JobsTests/A.swift", "// sleep(1)\nlet a = \"sleep(1)\"\ntry await Task.sleep(for: .seconds(1))"
            )
        ) { file in
            let sleeps: Set<Substring> = ["sleep", "usleep", "nanosleep", "sleepForTimeInterval"]
            return file.isIn(["Tests/"]) ? file.lines { !sleeps.isDisjoint(with: $0.words) } : []
        },
        Rule(
            description: "a switch over our own enums names each case",
            bad: (
                "Sources/Jobs/A.swift",
                "switch a {\ncase 1: b()\ndefault: break\n}\nswitch a {\ncase .b where c:\n    d()\ndefault: break"
            )
        ) { file in
            file.isIn(["Sources/"]) ? file.emptyDefaultsOfEnums : []
        },
        Rule(
            description: "what is to be done is done or written elsewhere",
            bad: ("Sources/Jobs/A.swift", "let a = \"TODO\"\n// Todo: a word.\na() // b FIXME: c")
        ) { file in
            file.text.comments.indices.filter { index in
                file.text.comments[index].words.contains { $0 == "TODO" || $0 == "FIXME" }
            }.map { $0 + 1 }
        },
    ]
}

// MARK: - Sizes and names

extension Rule {
    private static let longestFile = 600
    private static let longestFunction = 70
    /// The formatter wraps code to it, and no comments.
    private static let longestLine = 120

    private static let sizes = [
        Rule(
            description: "a file has at most \(longestFile) lines",
            bad: (
                "Sources/Jobs/A.swift", Array(repeating: "let a = 1", count: longestFile + 1).joined(separator: "\n")
            )
        ) { file in
            // What follows the last line's end is no line.
            let count = file.text.code.count - (file.text.code.last == "" ? 1 : 0)
            return count > longestFile ? [longestFile + 1] : []
        },
        Rule(
            description: "a comment keeps to \(longestLine) columns",
            bad: ("Sources/Jobs/A.swift", "let a = 1\n// " + String(repeating: "…", count: longestLine))
        ) { file in
            // Bytes of code are spaces here, so the column of a comment's end is the line's.
            file.text.comments.indices.filter { index in
                let comment = file.text.comments[index]
                return comment.count > longestLine && !comment.allSatisfy(\.isWhitespace)
            }.map { $0 + 1 }
        },
        Rule(
            description: "a function has at most \(longestFunction) lines",
            bad: (
                "Sources/Jobs/A.swift",
                "init(\n    a: Int = { 1 }()\n) {\n\(lines(longestFunction - 4))}\nfunc b() {\n\(lines(longestFunction - 1))}"
            )
        ) { file in
            // The first line that is one too many.
            file.functions.filter { $0.length > longestFunction }.map { $0.line + longestFunction }
        },
        Rule(
            description: "a file is named for what is in it",
            bad: ("Sources/Jobs/PathUtils.swift", "")
        ) { file in
            let name = file.path.split(separator: "/").last ?? ""
            return ["Util", "Helper", "Manager", "Common"].contains { name.contains($0) } ? [1] : []
        },
        Rule(
            description: "a file is named after a type that it declares or extends",
            bad: ("Sources/Jobs/A+B.swift", "enum B { struct A {} }")
        ) { file in
            file.isNamedAfterItsType ? [] : [file.text.code.count]
        },
    ]

    private static func lines(_ count: Int) -> String {
        String(repeating: "    a()\n", count: count)
    }
}

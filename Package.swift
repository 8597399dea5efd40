// swift-tools-version: 6.2
import PackageDescription

// Arrows go one way: C → wrapper → pure core → daemons → command line. Each target's line says what it may import.

let settings: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// Tests/run sets it: coordinator and workers can then be told where to die, and a disk can be made to forget.
let hasTestHooks = Context.environment["LONGSCAN_TEST_HOOKS"] != nil
let hooks: [SwiftSetting] = hasTestHooks ? [.define("TEST_HOOKS")] : []

// Set to turn the documentation into pages: a build of the program does not fetch the plugin for that.
let hasDocumentation = Context.environment["LONGSCAN_DOCUMENTATION"] != nil
let documentation: [Package.Dependency] =
    hasDocumentation ? [.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0")] : []

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

func library(
    _ name: String, _ dependencies: [Target.Dependency] = [], hooks: [SwiftSetting] = []
) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings + hooks)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], fixtures: Bool = false, hooks: [SwiftSetting] = []
) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies + ["TestSupport"],
        exclude: fixtures ? ["Fixtures"] : [],
        swiftSettings: settings + hooks
    )
}

/// Libraries that tests preload into processes: one keeps what a process wrote and did not synchronise apart, one gives
/// it few threads.
let preloads = ["ForgetfulDisk", "ScarceThreads"]

let package = Package(
    name: "longscan",
    products: [.executable(name: "longscan", targets: ["longscan"])]
        + (hasTestHooks ? preloads.map { .library(name: $0, type: .dynamic, targets: ["C" + $0]) } : []),
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ] + documentation,
    targets: [
        // C and its wrappers
        .systemLibrary(name: "CThreads"),
        .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
        library("Threads", ["CThreads"]),
        library("ZeroMQ", ["CZeroMQ", "Threads"]),
        .target(name: "CKernels", cSettings: [.treatAllWarnings(as: .error)]),
        library("Kernels", ["CKernels"]),

        // The pure core
        library("Bytes"),
        library("Jobs", ["Bytes"]),
        library("JSON", ["Bytes"]),
        library("Tokenization", ["Bytes", "JSON"]),
        library("Checkpoints", ["Bytes", "JSON", "Kernels"]),
        library("ModelFiles", ["Bytes", "Checkpoints", "Jobs", "Tokenization", crypto]),
        library("Mamba", ["Checkpoints", "Kernels"]),
        library("Passes", ["Bytes", "Checkpoints", "Jobs", "ModelFiles", crypto]),
        library("Inference", ["Checkpoints", "Jobs", "Kernels", "Mamba", "ModelFiles", "Passes"]),
        library("Coordination", ["Bytes", "Jobs"]),

        // Files in and out
        library("Documents", ["Bytes", "CZlib", "CZstd", "Jobs", crypto]),
        library("JobFile", ["JSON", "Jobs", yams]),
        library("Ledger", ["Jobs", "Coordination", grdb]),

        // Whoever asks a coordinator, which needs none of its files
        library("CoordinatorClient", ["Coordination", "ZeroMQ"]),

        // The files of jobs
        library(
            "JobRuns",
            [
                "Bytes", "Checkpoints", "Coordination", "Documents", "JobFile", "Jobs", "Ledger", "ModelFiles",
                "Passes",
                "Threads", "Tokenization",
            ],
            hooks: hooks
        ),

        // Daemons: thin shells around the core
        library(
            "CoordinatorDaemon",
            ["Coordination", "Documents", "JobRuns", "Jobs", "Ledger", "Threads", "ZeroMQ", logging]
        ),
        library(
            "WorkerDaemon",
            ["Checkpoints", "Coordination", "Jobs", "ModelFiles", "Passes", "Threads", "ZeroMQ", logging],
            hooks: hooks),
        library("Benchmarks", ["Checkpoints", "Inference", "Jobs", "Kernels", "Mamba", "Passes"]),
        .executableTarget(
            name: "longscan",
            dependencies: [
                "Benchmarks", "Checkpoints", "Coordination", "CoordinatorClient", "CoordinatorDaemon", "Documents",
                "Inference", "JobFile", "JobRuns", "Jobs", "Kernels", "Ledger", "Mamba", "ModelFiles", "Passes",
                "Threads", "Tokenization", "WorkerDaemon", "ZeroMQ",
                argumentParser, logging,
            ],
            swiftSettings: settings
        ),

        .target(name: "TestSupport", dependencies: ["Jobs"], path: "Tests/Support", swiftSettings: settings),
        tests("ThreadsTests", ["Threads"]),
        tests("ZeroMQTests", ["Threads", "ZeroMQ"]),
        tests("KernelsTests", ["Kernels"]),
        tests("MambaTests", ["Checkpoints", "JSON", "Kernels", "Mamba"], fixtures: true),
        tests("TokenizationTests", ["Tokenization"], fixtures: true),
        tests("DocumentsTests", ["Documents", "Jobs"], fixtures: true),
        tests("CoordinationTests", ["Coordination", "Jobs"], fixtures: true),
        tests("SimulationTests", ["Coordination", "Jobs"]),
        tests(
            "InferenceTests",
            ["Benchmarks", "Checkpoints", "Inference", "Jobs", "Kernels", "Mamba", "ModelFiles", "Passes", crypto],
            fixtures: true),
        tests("JobsTests", ["Jobs"]),
        tests("JobFileTests", ["JobFile", "Jobs"]),
        tests("LedgerTests", ["Coordination", "Ledger", grdb]),
        tests("CoordinatorClientTests", ["Coordination", "CoordinatorClient", "Threads", "ZeroMQ"]),
        tests(
            "JobRunsTests", ["Coordination", "Documents", "JobRuns", "Jobs", "Ledger", "Threads", "Tokenization"]),
        tests(
            "CoordinatorDaemonTests",
            [
                "Checkpoints", "Coordination", "CoordinatorClient", "CoordinatorDaemon", "Inference", "JobRuns", "Jobs",
                "Kernels", "Passes", "Threads", "ZeroMQ", crypto, logging,
            ]
        ),
        tests(
            "WorkerDaemonTests",
            ["Coordination", "Inference", "Jobs", "ModelFiles", "Threads", "WorkerDaemon", "ZeroMQ", logging]),
        tests(
            "ExactnessTests",
            [
                "Checkpoints", "Coordination", "CoordinatorClient", "CoordinatorDaemon", "Inference", "Jobs", "Kernels",
                "Mamba", "ModelFiles", "Passes", "Threads", "WorkerDaemon", "ZeroMQ", logging,
            ]
        ),
        tests(
            "EndToEndTests", ["Coordination", "JobRuns", "Jobs", "Ledger", "ZeroMQ", "longscan"], hooks: hooks
        ),
        tests("TidyTests", []),
    ]
        + (hasTestHooks
            ? preloads.map {
                .target(name: "C" + $0, path: "Tests/C" + $0, cSettings: [.treatAllWarnings(as: .error)])
            } : []),
    swiftLanguageModes: [.v6]
)

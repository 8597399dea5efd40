import Foundation

/// Processes that get few threads, as do their children: see Tests/CScarceThreads.
enum ScarceThreads {
    private static let library =
        URL(filePath: Longscan.path).deletingLastPathComponent().path + "/libScarceThreads.so"

    /// A command that runs the one which follows it.
    /// - Parameter count: threads that each process gets beside its first.
    static func wrapper(_ count: Int) -> [String] {
        ["/usr/bin/env", "LD_PRELOAD=\(library)", "SCARCE_THREADS=\(count)"]
    }
}

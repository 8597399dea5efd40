import Testing

/// Whether the program can be told where to die, and a disk can be made to forget.
enum TestHooks {
    #if TEST_HOOKS
    static let areBuilt = true
    #else
    static let areBuilt = false
    #endif

    static let why: Comment = "needs a build with LONGSCAN_TEST_HOOKS in its environment, as Tests/run makes it"
}

import CoordinatorDaemon

enum Version {
    static let text = CoordinatorDaemon.version
}

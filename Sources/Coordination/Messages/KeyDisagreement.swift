/// The reasons why a coordinator that listens accepts no connection of a peer, in words that say what to do.
public enum KeyDisagreement {
    /// - Parameter key: the peer's public key, in Z85.
    public static func unknownKey(_ endpoint: String, _ key: String) -> String {
        "\(endpoint) does not allow this key: \(key) is not on its allow-list"
    }

    public static func handshake(_ endpoint: String) -> String {
        "\(endpoint) and this process do not agree on keys: a coordinator with keys takes peers with a key of their own "
            + "and the coordinator's public key, one without takes peers without"
    }
}

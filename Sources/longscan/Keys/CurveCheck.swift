import ZeroMQ

enum CurveCheck {
    /// - Throws: `CommandFailure` if libzmq has no encryption.
    static func requireCurve() throws(CommandFailure) {
        guard Curve.isAvailable else {
            throw CommandFailure(
                "the libzmq of this machine was built without CURVE (libsodium), which keys need",
                ExitStatus.badConfiguration)
        }
    }
}

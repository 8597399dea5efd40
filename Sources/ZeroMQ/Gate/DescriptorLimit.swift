import Glibc

/// The limit of this process's open files and connections (RLIMIT_NOFILE, setrlimit(2)).
public enum DescriptorLimit {
    public static var current: Int { Int(clamping: limits().rlim_cur) }

    /// Raises the limit as far as the system lets this process. The usual 1,024 suits programs that use select(2).
    public static func raise() {
        var limits = limits()
        limits.rlim_cur = limits.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
    }

    private static func limits() -> rlimit {
        var limits = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
        return limits
    }
}

import Foundation

/// The width of the terminal that shows progress.
enum TerminalWidth {
    /// The present columns of the terminal, which may change (ioctl_tty(2)); else `COLUMNS`, or 80.
    static var columns: Int {
        var size = winsize()
        if unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return Environment.string("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 80
    }
}

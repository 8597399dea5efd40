import Foundation

/// How wide the terminal is on which progress is shown.
enum TerminalWidth {
    /// Asked anew each time, as a window may be made narrower (ioctl_tty(2)). `COLUMNS`, or 80, where the terminal
    /// does not tell.
    static var columns: Int {
        var size = winsize()
        if unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return Environment.string("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 80
    }
}

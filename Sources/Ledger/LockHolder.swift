internal import FoundationEssentials

/// The process that holds the lock of an SQLite database.
enum LockHolder {
    /// The range of bytes that SQLite locks (https://www.sqlite.org/fileformat.html#the_lock_byte_page).
    private static let lockedBytes = (1 << 30)..<(1 << 30) + 512

    /// The process that holds the lock; `nil` if the system does not tell (proc_locks(5)).
    ///
    /// The file is not opened: closing it would release this process's own locks on it (fcntl_locking(2)).
    static func process(of path: String) -> Int? {
        guard let inode = try? FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber],
            let locks = FileManager.default.contents(atPath: "/proc/locks")
        else { return nil }
        // A line is: 1: POSIX  ADVISORY  WRITE 1234 08:01:5678 1073741824 1073742335
        for line in String(decoding: locks, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 8, words[1] == "POSIX", let first = Int(words[6]), lockedBytes.contains(first),
                words[5].split(separator: ":").last.map(String.init) == "\(inode)"
            else { continue }
            return Int(words[4]).flatMap { $0 > 0 ? $0 : nil }
        }
        return nil
    }
}

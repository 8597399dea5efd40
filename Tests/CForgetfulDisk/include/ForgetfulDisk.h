/// A library for LD_PRELOAD that keeps an undo log of what a process did to files and has not synchronised yet, so that
/// a test which has killed the process can take all of that back, as a power loss does.
///
/// FORGETFUL_DISK      the directory whose files are watched, absolute and without links
/// FORGETFUL_DISK_LOG  a directory on the same file system: `log`, and for each watched file a hard link named by its
///                     inode, by which it can be found again whatever its name has become
///
/// Each operation is logged before it is done, with what it takes to undo it; fsync and fdatasync are logged and need
/// not be done, as the kernel keeps what a killed process wrote. Names belong to their directory: creations, renames
/// and removals last when the directory was synchronised, data when the file was. Not watched: memory maps, and
/// stdio's own opening of files.
///
/// A record is this header, then `pathLength` bytes, `otherLength` bytes and `dataLength` bytes.
#ifndef FORGETFUL_DISK_H
#define FORGETFUL_DISK_H

#include <stdint.h>

enum ForgetfulDiskKind {
    /// `inode` had `size` bytes, and `data` at `offset`; up to `length` bytes from there on change.
    FORGETFUL_DISK_WRITE = 1,
    /// `inode` is on the disk with all that was written to it; of a directory, its names.
    FORGETFUL_DISK_SYNC = 2,
    /// `path` comes into being in the directory `directory`.
    FORGETFUL_DISK_CREATE = 3,
    /// `path`, which is `inode`, goes from the directory `directory`.
    FORGETFUL_DISK_UNLINK = 4,
    /// `path`, which is `inode`, becomes `other`, which was `offset` (an inode; 0: nothing), in the directory
    /// `directory`.
    FORGETFUL_DISK_RENAME = 5,
    /// The directory `path` comes into being in the directory `directory`.
    FORGETFUL_DISK_MKDIR = 6,
    /// The directory `path` goes from the directory `directory`.
    FORGETFUL_DISK_RMDIR = 7,
};

struct ForgetfulDiskRecord {
    uint32_t kind, pathLength, otherLength, dataLength;
    uint64_t inode, directory, offset, length, size;
};

#endif

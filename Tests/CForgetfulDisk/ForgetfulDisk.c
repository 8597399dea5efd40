#define _GNU_SOURCE
#include "ForgetfulDisk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// Every operation goes to the kernel by syscall(2): nothing here calls what it replaces.

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t rootLength;
static char logDirectory[PATH_MAX - 32];
static int logFile = -1;

__attribute__((constructor)) static void start(void) {
    const char *disk = getenv("FORGETFUL_DISK"), *log = getenv("FORGETFUL_DISK_LOG");
    if (!disk || !log || strlen(disk) + 2 > sizeof root || strlen(log) + 1 > sizeof logDirectory) return;
    rootLength = (size_t)snprintf(root, sizeof root, "%s/", disk);
    snprintf(logDirectory, sizeof logDirectory, "%s", log);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/log", log);
    logFile = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

/// What cannot be logged must not be done.
static void fail(const char *what) {
    fprintf(stderr, "forgetful disk: %s: %s\n", what, strerror(errno));
    abort();
}

static void record(struct ForgetfulDiskRecord header, const char *path, const char *other, const void *data) {
    header.pathLength = path ? (uint32_t)strlen(path) : 0;
    header.otherLength = other ? (uint32_t)strlen(other) : 0;
    struct iovec parts[] = {
        {&header, sizeof header},
        {(void *)path, header.pathLength},
        {(void *)other, header.otherLength},
        {(void *)data, header.dataLength},
    };
    size_t whole = sizeof header + header.pathLength + header.otherLength + header.dataLength;
    if (syscall(SYS_writev, logFile, parts, 4) != (long)whole) fail("log");
}

static int examine(int directory, const char *path, int flags, struct stat *status) {
    return (int)syscall(SYS_newfstatat, directory, path, status, flags);
}

/// Makes a path absolute, without links in its directories.
/// - Returns: whether it is watched.
static int resolve(int directory, const char *path, char *whole) {
    if (logFile < 0 || !path) return 0;
    char joined[PATH_MAX];
    if (path[0] == '/') {
        if (snprintf(joined, sizeof joined, "%s", path) >= (int)sizeof joined) return 0;
    } else {
        char link[64], base[PATH_MAX];
        snprintf(link, sizeof link, directory == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", directory);
        ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, base, sizeof base - 1);
        if (length < 0) return 0;
        base[length] = 0;
        if (snprintf(joined, sizeof joined, "%s/%s", base, path) >= (int)sizeof joined) return 0;
    }
    size_t length = strlen(joined);
    while (length > 1 && joined[length - 1] == '/') joined[--length] = 0;
    char *slash = strrchr(joined, '/');
    char name[NAME_MAX + 1], parent[PATH_MAX];
    if (snprintf(name, sizeof name, "%s", slash + 1) >= (int)sizeof name) return 0;
    *slash = 0;
    if (!realpath(joined[0] ? joined : "/", parent)) return 0;
    if (snprintf(whole, PATH_MAX, "%s/%s", parent, name) >= PATH_MAX) return 0;
    return strncmp(whole, root, rootLength) == 0;
}

/// The inode of the directory that a path is in.
static uint64_t parentOf(const char *path) {
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s", path);
    *strrchr(parent, '/') = 0;
    struct stat status;
    if (examine(AT_FDCWD, parent, 0, &status) != 0) fail(parent);
    return status.st_ino;
}

/// Gives a file its name in the log's directory.
static void keep(const char *path, uint64_t inode) {
    char link[PATH_MAX];
    snprintf(link, sizeof link, "%s/%llu", logDirectory, (unsigned long long)inode);
    if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, link, 0) != 0 && errno != EEXIST) fail(link);
}

/// - Returns: whether the descriptor is of a watched file or directory.
static int isWatched(int file, struct stat *status) {
    if (logFile < 0 || file == logFile) return 0;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    // The directory itself counts: names in it are forgotten too.
    int isRoot = (size_t)length == rootLength - 1 && strncmp(path, root, rootLength - 1) == 0;
    if (!isRoot && strncmp(path, root, rootLength) != 0) return 0;
    if (examine(file, "", AT_EMPTY_PATH, status) != 0) return 0;
    return S_ISREG(status->st_mode) || S_ISDIR(status->st_mode);
}

/// Logs what stands where bytes are about to be written or cut off.
static void recordContent(uint64_t inode, uint64_t size, uint64_t offset, uint64_t length) {
    uint64_t there = offset >= size ? 0 : size - offset < length ? size - offset : length;
    char *data = NULL;
    if (there > 0) {
        char link[PATH_MAX];
        snprintf(link, sizeof link, "%s/%llu", logDirectory, (unsigned long long)inode);
        int file = (int)syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC, 0);
        if (file < 0) fail(link);
        data = malloc(there);
        if (!data || syscall(SYS_pread64, file, data, there, offset) != (long)there) fail(link);
        syscall(SYS_close, file);
    }
    struct ForgetfulDiskRecord header = {
        .kind = FORGETFUL_DISK_WRITE, .dataLength = (uint32_t)there, .inode = inode, .offset = offset,
        .length = length, .size = size,
    };
    record(header, NULL, NULL, data);
    free(data);
}

// MARK: - Files

static int openFile(int directory, const char *path, int flags, mode_t mode) {
    char whole[PATH_MAX];
    int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
    if (!writes || (flags & O_TMPFILE) == O_TMPFILE || !resolve(directory, path, whole))
        return (int)syscall(SYS_openat, directory, path, flags, mode);
    pthread_mutex_lock(&mutex);
    struct stat status;
    int exists = examine(AT_FDCWD, whole, 0, &status) == 0;
    if (exists && S_ISREG(status.st_mode)) {
        keep(whole, status.st_ino);
        if (flags & O_TRUNC) recordContent(status.st_ino, (uint64_t)status.st_size, 0, (uint64_t)status.st_size);
    }
    if (!exists && (flags & O_CREAT)) {
        struct ForgetfulDiskRecord header = {.kind = FORGETFUL_DISK_CREATE, .directory = parentOf(whole)};
        record(header, whole, NULL, NULL);
    }
    int file = (int)syscall(SYS_openat, directory, path, flags, mode);
    int code = errno;
    if (file >= 0 && !exists && examine(AT_FDCWD, whole, 0, &status) == 0 && S_ISREG(status.st_mode))
        keep(whole, status.st_ino);
    pthread_mutex_unlock(&mutex);
    errno = code;
    return file;
}

static mode_t modeOf(int flags, va_list arguments) {
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(name)                                    \
    int name(const char *path, int flags, ...) {      \
        va_list arguments;                            \
        va_start(arguments, flags);                   \
        mode_t mode = modeOf(flags, arguments);       \
        va_end(arguments);                            \
        return openFile(AT_FDCWD, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                            \
    int name(int directory, const char *path, int flags, ...) { \
        va_list arguments;                                      \
        va_start(arguments, flags);                             \
        mode_t mode = modeOf(flags, arguments);                 \
        va_end(arguments);                                      \
        return openFile(directory, path, flags, mode);          \
    }
OPENAT(openat)
OPENAT(openat64)

int creat(const char *path, mode_t mode) { return openFile(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

static long writeFile(int file, const struct iovec *parts, int count, off_t offset, int isPositioned) {
    struct stat status;
    pthread_mutex_lock(&mutex);
    if (isWatched(file, &status)) {
        uint64_t length = 0;
        for (int part = 0; part < count; part++) length += parts[part].iov_len;
        int appends = (int)syscall(SYS_fcntl, file, F_GETFL) & O_APPEND;
        off_t place = appends ? status.st_size : isPositioned ? offset : syscall(SYS_lseek, file, 0, SEEK_CUR);
        recordContent(status.st_ino, (uint64_t)status.st_size, (uint64_t)place, length);
    }
    long result = isPositioned ? syscall(SYS_pwritev, file, parts, count, offset, 0L)
                               : syscall(SYS_writev, file, parts, count);
    int code = errno;
    pthread_mutex_unlock(&mutex);
    errno = code;
    return result;
}

ssize_t write(int file, const void *bytes, size_t count) {
    struct stat status;
    // Pipes and sockets may block: they are none of the mutex's business.
    if (!isWatched(file, &status)) return syscall(SYS_write, file, bytes, count);
    struct iovec part = {(void *)bytes, count};
    return writeFile(file, &part, 1, 0, 0);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    struct stat status;
    if (!isWatched(file, &status)) return syscall(SYS_writev, file, parts, count);
    return writeFile(file, parts, count, 0, 0);
}

#define PWRITE(name)                                                           \
    ssize_t name(int file, const void *bytes, size_t count, off_t offset) {    \
        struct iovec part = {(void *)bytes, count};                            \
        return writeFile(file, &part, 1, offset, 1);                           \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

#define PWRITEV(name)                                                              \
    ssize_t name(int file, const struct iovec *parts, int count, off_t offset) {   \
        return writeFile(file, parts, count, offset, 1);                           \
    }
PWRITEV(pwritev)
PWRITEV(pwritev64)

static int setLength(int file, off_t length) {
    struct stat status;
    pthread_mutex_lock(&mutex);
    if (isWatched(file, &status)) {
        off_t start = length < status.st_size ? length : status.st_size;
        off_t end = length < status.st_size ? status.st_size : length;
        recordContent(status.st_ino, (uint64_t)status.st_size, (uint64_t)start, (uint64_t)(end - start));
    }
    int result = (int)syscall(SYS_ftruncate, file, length);
    int code = errno;
    pthread_mutex_unlock(&mutex);
    errno = code;
    return result;
}

int ftruncate(int file, off_t length) { return setLength(file, length); }
int ftruncate64(int file, off_t length) { return setLength(file, length); }

/// As far as a program can tell, to allocate is to extend.
static int allocate(int file, off_t offset, off_t length) {
    struct stat status;
    if (examine(file, "", AT_EMPTY_PATH, &status) != 0) return errno;
    return offset + length <= status.st_size ? 0 : setLength(file, offset + length) == 0 ? 0 : errno;
}

int posix_fallocate(int file, off_t offset, off_t length) { return allocate(file, offset, length); }
int posix_fallocate64(int file, off_t offset, off_t length) { return allocate(file, offset, length); }

static int synchronize(int file, long call) {
    struct stat status;
    if (!isWatched(file, &status)) return (int)syscall(call, file);
    pthread_mutex_lock(&mutex);
    struct ForgetfulDiskRecord header = {.kind = FORGETFUL_DISK_SYNC, .inode = status.st_ino};
    record(header, NULL, NULL, NULL);
    pthread_mutex_unlock(&mutex);
    return 0;
}

int fsync(int file) { return synchronize(file, SYS_fsync); }
int fdatasync(int file) { return synchronize(file, SYS_fdatasync); }

// MARK: - Names

static int removeName(int directory, const char *path, int flags) {
    char whole[PATH_MAX];
    if (!resolve(directory, path, whole)) return (int)syscall(SYS_unlinkat, directory, path, flags);
    pthread_mutex_lock(&mutex);
    struct stat status;
    if (examine(AT_FDCWD, whole, AT_SYMLINK_NOFOLLOW, &status) == 0) {
        int isDirectory = flags & AT_REMOVEDIR;
        if (!isDirectory && S_ISREG(status.st_mode)) keep(whole, status.st_ino);
        struct ForgetfulDiskRecord header = {
            .kind = isDirectory ? FORGETFUL_DISK_RMDIR : FORGETFUL_DISK_UNLINK, .inode = status.st_ino,
            .directory = parentOf(whole),
        };
        record(header, whole, NULL, NULL);
    }
    int result = (int)syscall(SYS_unlinkat, directory, path, flags);
    int code = errno;
    pthread_mutex_unlock(&mutex);
    errno = code;
    return result;
}

int unlink(const char *path) { return removeName(AT_FDCWD, path, 0); }
int unlinkat(int directory, const char *path, int flags) { return removeName(directory, path, flags); }
int rmdir(const char *path) { return removeName(AT_FDCWD, path, AT_REMOVEDIR); }

int remove(const char *path) {
    struct stat status;
    int isDirectory = examine(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &status) == 0 && S_ISDIR(status.st_mode);
    return removeName(AT_FDCWD, path, isDirectory ? AT_REMOVEDIR : 0);
}

int renameat2(int from, const char *path, int to, const char *other, unsigned int flags) {
    char wholePath[PATH_MAX], wholeOther[PATH_MAX];
    if (!resolve(from, path, wholePath) || !resolve(to, other, wholeOther))
        return (int)syscall(SYS_renameat2, from, path, to, other, flags);
    pthread_mutex_lock(&mutex);
    struct stat status;
    if (examine(AT_FDCWD, wholePath, AT_SYMLINK_NOFOLLOW, &status) == 0) {
        struct ForgetfulDiskRecord header = {
            .kind = FORGETFUL_DISK_RENAME, .inode = status.st_ino, .directory = parentOf(wholeOther)};
        if (S_ISREG(status.st_mode)) keep(wholePath, status.st_ino);
        if (examine(AT_FDCWD, wholeOther, AT_SYMLINK_NOFOLLOW, &status) == 0 && S_ISREG(status.st_mode)) {
            keep(wholeOther, status.st_ino);
            header.offset = status.st_ino;
        }
        record(header, wholePath, wholeOther, NULL);
    }
    int result = (int)syscall(SYS_renameat2, from, path, to, other, flags);
    int code = errno;
    pthread_mutex_unlock(&mutex);
    errno = code;
    return result;
}

int renameat(int from, const char *path, int to, const char *other) { return renameat2(from, path, to, other, 0); }
int rename(const char *path, const char *other) { return renameat2(AT_FDCWD, path, AT_FDCWD, other, 0); }

static int makeDirectory(int directory, const char *path, mode_t mode) {
    char whole[PATH_MAX];
    if (!resolve(directory, path, whole)) return (int)syscall(SYS_mkdirat, directory, path, mode);
    pthread_mutex_lock(&mutex);
    struct stat status;
    if (examine(AT_FDCWD, whole, AT_SYMLINK_NOFOLLOW, &status) != 0) {
        struct ForgetfulDiskRecord header = {.kind = FORGETFUL_DISK_MKDIR, .directory = parentOf(whole)};
        record(header, whole, NULL, NULL);
    }
    int result = (int)syscall(SYS_mkdirat, directory, path, mode);
    int code = errno;
    pthread_mutex_unlock(&mutex);
    errno = code;
    return result;
}

int mkdir(const char *path, mode_t mode) { return makeDirectory(AT_FDCWD, path, mode); }
int mkdirat(int directory, const char *path, mode_t mode) { return makeDirectory(directory, path, mode); }

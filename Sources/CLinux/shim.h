#ifndef SEGDRIFT_CLINUX_H
#define SEGDRIFT_CLINUX_H

// Linux calls that the Swift module of glibc does not have.

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <malloc.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>

#ifndef O_DIRECTORY
#define O_DIRECTORY 0200000
#endif
#ifndef O_CLOEXEC
#define O_CLOEXEC 02000000
#endif

extern int renameat2(int old_directory, const char *old_path, int new_directory, const char *new_path, unsigned int flags);

extern ssize_t copy_file_range(
    int from, off_t *from_offset, int to, off_t *to_offset, size_t bytes, unsigned int flags);

/// Copies up to so many bytes from where one descriptor stands to where the other does.
/// Returns the bytes copied, 0 at the end; negative with `errno` on failure.
static inline long segdrift_copy_range(int from, int to, unsigned long bytes) {
    return (long)copy_file_range(from, 0, to, 0, bytes, 0);
}

/// renameat2 with RENAME_NOREPLACE: fails with EEXIST instead of replacing a file.
static inline int segdrift_rename_noreplace(
    int old_directory, const char *old_path, int new_directory, const char *new_path) {
    return renameat2(old_directory, old_path, new_directory, new_path, 1u);
}

/// Makes a file share the blocks of another one; fails where the file system cannot.
static inline int segdrift_clone(int target, int source) {
    return ioctl(target, FICLONE, source);
}

#ifndef __O_TMPFILE
#define __O_TMPFILE 020000000
#endif

/// Opens a file without a name in a directory, for reading and writing: it is gone once it is closed. Negative, with
/// errno, where the file system knows no such files.
static inline int segdrift_open_nameless(const char *directory) {
    return open(directory, __O_TMPFILE | O_DIRECTORY | O_RDWR | O_CLOEXEC, 0600);
}

/// A descriptor that becomes readable once `segdrift_signal` was called on it; negative on failure.
static inline int segdrift_signal_create(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

static inline void segdrift_signal(int descriptor) {
    (void)eventfd_write(descriptor, 1);
}

/// The magic number of the file system a path lies on; 0 when it cannot be told.
static inline int64_t segdrift_file_system_type(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 ? (int64_t)status.f_type & 0xFFFFFFFF : 0;
}

extern int memfd_create(const char *name, unsigned int flags);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *restrict actions, const char *restrict path);

/// A file that has no name and lies in memory; closed in programs that are started. Negative on failure.
static inline int segdrift_memory_file(const char *name) {
    return memfd_create(name, 1u);
}

/// A program that is started gets nothing of ours but its standard streams, and does not keep a directory busy.
static inline void segdrift_spawn_apart(posix_spawn_file_actions_t *actions) {
    (void)posix_spawn_file_actions_addclosefrom_np(actions, 3);
    (void)posix_spawn_file_actions_addchdir_np(actions, "/");
}

#ifndef F_SETSIG
#define F_SETSIG 10
#endif
#ifndef F_SETLEASE
#define F_SETLEASE 1024
#endif

/// Whether anybody has the file of a descriptor open for writing: 1 yes, 0 no or not to be known. A read lease is
/// granted only when nobody has. A writer that comes in between waits until it is given back, at once; the signal
/// that says so to us is one that is ignored unless asked for.
static inline int segdrift_is_open_for_writing(int descriptor) {
    if (fcntl(descriptor, F_SETSIG, SIGURG) != 0) return 0;
    if (fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0) {
        (void)fcntl(descriptor, F_SETLEASE, F_UNLCK);
        return 0;
    }
    return errno == EAGAIN;
}

#endif

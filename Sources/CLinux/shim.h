#ifndef SEGDRIFT_CLINUX_H
#define SEGDRIFT_CLINUX_H

// Linux calls that the Swift module of glibc does not have.

#include <linux/fs.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>

extern int renameat2(int old_directory, const char *old_path, int new_directory, const char *new_path, unsigned int flags);

/// renameat2 with RENAME_NOREPLACE: fails with EEXIST instead of replacing a file.
static inline int segdrift_rename_noreplace(
    int old_directory, const char *old_path, int new_directory, const char *new_path) {
    return renameat2(old_directory, old_path, new_directory, new_path, 1u);
}

/// Makes a file share the blocks of another one; fails where the file system cannot.
static inline int segdrift_clone(int target, int source) {
    return ioctl(target, FICLONE, source);
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

#endif

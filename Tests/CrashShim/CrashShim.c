// Loaded into the daemon by tests: numbers every call that changes the file system, over all threads, and
// dies or fails at a chosen one.
//
//   CRASH_AT=k             SIGKILL just before the k-th call
//   FAIL_AT=k:errno[:n]    that call and the n-1 after it fail with that errno (n = 1; 0: all that follow)
//   ONLY=name              calls of that name alone are numbered for these ("spill": writes to a file without a name)
//   CRASH_COUNT_FILE=path  at exit, the number of calls is written there (a dry run finds N this way)
//   CRASH_CALL_FILE=path   the name of the call that was chosen is written there
//   READ_FAIL=k:errno[:n]  the k-th read of a file that was taken in, and the n-1 after it, fail with that errno
//   SHORT_READS=n          no read of such a file brings more than n bytes
//   TRAP_ON=n:text         SIGKILL at the n-th read of a file that brings the text: a record that ends its reader
//   LOSE_UNSYNCED, FSYNC_LIES: see PowerCut.h

#define _GNU_SOURCE
#include "CrashShim.h"
#include "PowerCut.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls, chosen;
static const char *only;
static long crash_at, fail_at, fail_count = 1;
static int fail_errno;
static const char *trap_text;
static long trap_at;
static atomic_long traps;
static long read_fail_at, read_fail_count = 1, read_most;
static int read_errno;
static atomic_long reads;

__attribute__((constructor)) static void read_orders(void) {
    const char *crash = getenv("CRASH_AT");
    const char *fail = getenv("FAIL_AT");
    only = getenv("ONLY");
    if (crash) crash_at = atol(crash);
    if (fail) sscanf(fail, "%ld:%d:%ld", &fail_at, &fail_errno, &fail_count);
    const char *read_fail = getenv("READ_FAIL");
    if (read_fail) sscanf(read_fail, "%ld:%d:%ld", &read_fail_at, &read_errno, &read_fail_count);
    const char *most = getenv("SHORT_READS");
    if (most) read_most = atol(most);
    const char *trap = getenv("TRAP_ON");
    if (trap) {
        trap_at = atol(trap);
        trap_text = strchr(trap, ':');
        if (trap_text) trap_text++;
    }
    power_cut_setup();
}

static void note(const char *variable, const char *text) {
    const char *path = getenv(variable);
    if (!path) return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return;
    syscall(SYS_write, fd, text, strlen(text));
    syscall(SYS_close, fd);
}

__attribute__((destructor)) static void write_count(void) {
    char text[32];
    snprintf(text, sizeof text, "%ld\n", atomic_load(only ? &chosen : &calls));
    note("CRASH_COUNT_FILE", text);
}

// Counts one call. Returns 1 when it must fail, with errno set.
static int doomed(const char *name) {
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (only) {
        if (strcmp(name, only) != 0) return 0;
        number = atomic_fetch_add(&chosen, 1) + 1;
    }
    if (crash_at && number == crash_at) {
        note("CRASH_CALL_FILE", name);
        power_cut_happens();
        kill(getpid(), SIGKILL);
    }
    if (fail_at && number >= fail_at && (fail_count == 0 || number < fail_at + fail_count)) {
        if (number == fail_at) note("CRASH_CALL_FILE", name);
        errno = fail_errno;
        return 1;
    }
    return 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// Terminals, pipes and sockets are not the file system.
static int is_file(int fd) {
    struct stat found;
    int saved = errno;
    int regular = fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
    errno = saved;
    return regular;
}

// Syncs of a directory's entries and of a file's content fail for different people.
static const char *syncing(int fd, const char *name, const char *name_of_directory) {
    struct stat found;
    int saved = errno;
    int directory = fstat(fd, &found) == 0 && S_ISDIR(found.st_mode);
    errno = saved;
    return directory ? name_of_directory : name;
}

// What a write at a place is called: files that have no name are what sorting spills into.
static const char *writing(int fd) {
    struct stat found;
    int saved = errno;
    int nameless = fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && found.st_nlink == 0;
    errno = saved;
    return nameless ? "spill" : "pwrite";
}

// Whether a descriptor is of a file in work/.
static int is_taken(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    return strstr(path, "/spool/work/") != NULL;
}

ssize_t read(int fd, void *bytes, size_t count) {
    if ((read_fail_at || read_most) && is_taken(fd)) {
        long number = atomic_fetch_add(&reads, 1) + 1;
        if (read_fail_at && number >= read_fail_at && number < read_fail_at + read_fail_count) {
            errno = read_errno;
            return -1;
        }
        if (read_most && count > (size_t)read_most) count = (size_t)read_most;
    }
    ssize_t got = REAL(read)(fd, bytes, count);
    if (trap_text && got > 0 && is_file(fd) && memmem(bytes, (size_t)got, trap_text, strlen(trap_text))
        && atomic_fetch_add(&traps, 1) + 1 == trap_at)
        kill(getpid(), SIGKILL);
    return got;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    if (is_file(fd)) {
        if (doomed("write")) return -1;
        power_cut_before_data(fd, -1, count, 0);
    }
    return REAL(write)(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    if (doomed(writing(fd))) return -1;
    power_cut_before_data(fd, offset, count, 0);
    return REAL(pwrite)(fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    if (doomed(writing(fd))) return -1;
    power_cut_before_data(fd, offset, count, 0);
    return REAL(pwrite64)(fd, bytes, count, offset);
}

int fsync(int fd) {
    if (doomed(syncing(fd, "fsync", "fsync of a directory"))) return -1;
    int result = REAL(fsync)(fd);
    if (result == 0) power_cut_synced(fd);
    return result;
}

int fdatasync(int fd) {
    if (doomed(syncing(fd, "fdatasync", "fdatasync of a directory"))) return -1;
    int result = REAL(fdatasync)(fd);
    if (result == 0) power_cut_synced(fd);
    return result;
}

int ftruncate(int fd, off_t length) {
    if (doomed("ftruncate")) return -1;
    power_cut_before_data(fd, length, 0, 1);
    return REAL(ftruncate)(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    if (doomed("ftruncate")) return -1;
    power_cut_before_data(fd, length, 0, 1);
    return REAL(ftruncate64)(fd, length);
}

int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int renameat(int fromfd, const char *from, int tofd, const char *to) {
    if (doomed("rename")) return -1;
    int result = REAL(renameat)(fromfd, from, tofd, to);
    if (result == 0) power_cut_renamed(fromfd, from, tofd, to);
    return result;
}

int renameat2(int fromfd, const char *from, int tofd, const char *to, unsigned int flags) {
    if (doomed("rename")) return -1;
    int result = REAL(renameat2)(fromfd, from, tofd, to, flags);
    if (result == 0) power_cut_renamed(fromfd, from, tofd, to);
    return result;
}

int link(const char *from, const char *to) { return doomed("link") ? -1 : REAL(link)(from, to); }

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int unlinkat(int fd, const char *path, int flags) {
    if (doomed("unlink")) return -1;
    power_cut_before_removal(fd, path);
    return REAL(unlinkat)(fd, path, flags);
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int mkdirat(int fd, const char *path, mode_t mode) {
    if (doomed("mkdir")) return -1;
    int result = REAL(mkdirat)(fd, path, mode);
    if (result == 0) power_cut_created(fd, path, 1);
    return result;
}

// Opening may make a file: only then it is a change.
static int make(int directory, const char *path, int flags, mode_t mode) {
    struct stat found;
    int saved = errno;
    int is_new = (flags & O_CREAT) && fstatat(directory, path, &found, AT_SYMLINK_NOFOLLOW) != 0;
    errno = saved;
    if (is_new && doomed("create")) return -1;
    int result = (int)syscall(SYS_openat, directory, path, flags, mode);
    if (result >= 0 && is_new) power_cut_created(directory, path, 0);
    return result;
}

static mode_t mode_of(int flags, va_list rest) {
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

#define OPENS(name, offset64)                                        \
    int name(const char *path, int flags, ...) {                     \
        va_list rest;                                                \
        va_start(rest, flags);                                       \
        mode_t mode = mode_of(flags, rest);                          \
        va_end(rest);                                                \
        return make(AT_FDCWD, path, flags | offset64, mode);         \
    }
#define OPENS_AT(name, offset64)                                     \
    int name(int directory, const char *path, int flags, ...) {      \
        va_list rest;                                                \
        va_start(rest, flags);                                       \
        mode_t mode = mode_of(flags, rest);                          \
        va_end(rest);                                                \
        return make(directory, path, flags | offset64, mode);        \
    }

OPENS(open, 0)
OPENS(open64, O_LARGEFILE)
OPENS_AT(openat, 0)
OPENS_AT(openat64, O_LARGEFILE)

// Loaded into the daemon by tests: numbers every call that changes the file system, over all threads, and
// dies or fails at a chosen one.
//
//   CRASH_AT=k             SIGKILL just before the k-th call
//   FAIL_AT=k:errno[:n]    that call and the n-1 after it fail with that errno (n = 1; 0: all that follow)
//   CRASH_COUNT_FILE=path  at exit, the number of calls is written there (a dry run finds N this way)

#define _GNU_SOURCE
#include "CrashShim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;
static long crash_at, fail_at, fail_count = 1;
static int fail_errno;

__attribute__((constructor)) static void read_orders(void) {
    const char *crash = getenv("CRASH_AT");
    const char *fail = getenv("FAIL_AT");
    if (crash) crash_at = atol(crash);
    if (fail) sscanf(fail, "%ld:%d:%ld", &fail_at, &fail_errno, &fail_count);
}

__attribute__((destructor)) static void write_count(void) {
    const char *path = getenv("CRASH_COUNT_FILE");
    if (!path) return;
    FILE *file = fopen(path, "w");
    if (!file) return;
    fprintf(file, "%ld\n", atomic_load(&calls));
    fclose(file);
}

// Counts one call. Returns 1 when it must fail, with errno set.
static int doomed(void) {
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (crash_at && number == crash_at) kill(getpid(), SIGKILL);
    if (fail_at && number >= fail_at && (fail_count == 0 || number < fail_at + fail_count)) {
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

ssize_t write(int fd, const void *bytes, size_t count) {
    if (is_file(fd) && doomed()) return -1;
    return REAL(write)(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    if (doomed()) return -1;
    return REAL(pwrite)(fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    if (doomed()) return -1;
    return REAL(pwrite64)(fd, bytes, count, offset);
}

int fsync(int fd) { return doomed() ? -1 : REAL(fsync)(fd); }

int fdatasync(int fd) { return doomed() ? -1 : REAL(fdatasync)(fd); }

int ftruncate(int fd, off_t length) { return doomed() ? -1 : REAL(ftruncate)(fd, length); }

int ftruncate64(int fd, off64_t length) { return doomed() ? -1 : REAL(ftruncate64)(fd, length); }

int rename(const char *from, const char *to) { return doomed() ? -1 : REAL(rename)(from, to); }

int renameat(int fromfd, const char *from, int tofd, const char *to) {
    return doomed() ? -1 : REAL(renameat)(fromfd, from, tofd, to);
}

int renameat2(int fromfd, const char *from, int tofd, const char *to, unsigned int flags) {
    return doomed() ? -1 : REAL(renameat2)(fromfd, from, tofd, to, flags);
}

int link(const char *from, const char *to) { return doomed() ? -1 : REAL(link)(from, to); }

int unlink(const char *path) { return doomed() ? -1 : REAL(unlink)(path); }

int unlinkat(int fd, const char *path, int flags) { return doomed() ? -1 : REAL(unlinkat)(fd, path, flags); }

int mkdir(const char *path, mode_t mode) { return doomed() ? -1 : REAL(mkdir)(path, mode); }

int mkdirat(int fd, const char *path, mode_t mode) { return doomed() ? -1 : REAL(mkdirat)(fd, path, mode); }

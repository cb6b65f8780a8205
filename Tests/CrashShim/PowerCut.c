// What a disk would have lost: every change that no fsync made durable can be taken back, file by file and directory by
// directory, each to a point of its own chosen by a seed. Renames, creations and removals become durable with an fsync of
// a directory they touch; data with an fsync of their file. Seeds above 1 tear the first write that is lost.

#define _GNU_SOURCE
#include "PowerCut.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { WRITE, TRUNCATE, CREATE, MKDIR, RENAME, REMOVE };

struct change {
    enum kind kind;
    // The file of data, or the directories of names (the second 0 when there is one).
    uint64_t place, other;
    off_t offset, old_size;
    size_t old_count, bytes;
    char *old_bytes;
    char *path, *from;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct change *changes;
static size_t count, room;
static int is_on, lies;
static unsigned long seed;

// Descriptors of our own, to read and restore files whatever the program does with its own.
static struct { uint64_t place; int fd; } handles[256];
static int handle_count;

static uint64_t place_of(const struct stat *found) {
    return (uint64_t)found->st_dev << 48 ^ (uint64_t)found->st_ino;
}

static uint64_t place_of_fd(int fd) {
    struct stat found;
    return fstat(fd, &found) == 0 ? place_of(&found) : 0;
}

static uint64_t directory_of(const char *path) {
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    char *slash = strrchr(copy, '/');
    if (!slash) snprintf(copy, sizeof copy, ".");
    else if (slash == copy) slash[1] = 0;
    else *slash = 0;
    struct stat found;
    return stat(copy, &found) == 0 ? place_of(&found) : 0;
}

static char *absolute(int directory, const char *path) {
    char base[PATH_MAX] = "", whole[2 * PATH_MAX];
    if (path[0] == '/') return strdup(path);
    if (directory == AT_FDCWD) {
        if (!getcwd(base, sizeof base)) return strdup(path);
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
        ssize_t length = readlink(link, base, sizeof base - 1);
        base[length > 0 ? length : 0] = 0;
    }
    snprintf(whole, sizeof whole, "%s/%s", base, path);
    return strdup(whole);
}

static int handle(int fd, uint64_t place) {
    for (int index = 0; index < handle_count; index++)
        if (handles[index].place == place) return handles[index].fd;
    if (handle_count == 256) return -1;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int own = (int)syscall(SYS_openat, AT_FDCWD, link, O_RDWR | O_CLOEXEC);
    handles[handle_count].place = place;
    handles[handle_count++].fd = own;
    return own;
}

static struct change *add(enum kind kind) {
    if (count == room) {
        room = room ? 2 * room : 256;
        changes = realloc(changes, room * sizeof *changes);
    }
    struct change *made = &changes[count++];
    memset(made, 0, sizeof *made);
    made->kind = kind;
    return made;
}

void power_cut_setup(void) {
    const char *order = getenv("LOSE_UNSYNCED");
    is_on = order != NULL;
    seed = order ? strtoul(order, NULL, 10) : 0;
    lies = getenv("FSYNC_LIES") != NULL;
}

void power_cut_before_data(int fd, off_t offset, size_t bytes, int is_truncation) {
    if (!is_on) return;
    int saved = errno;
    pthread_mutex_lock(&lock);
    struct stat found;
    if (fstat(fd, &found) == 0 && S_ISREG(found.st_mode)) {
        uint64_t place = place_of(&found);
        int own = handle(fd, place);
        off_t at = offset >= 0 ? offset : lseek(fd, 0, SEEK_CUR);
        // A truncation takes everything behind it.
        size_t wanted = is_truncation ? (found.st_size > at ? (size_t)(found.st_size - at) : 0) : bytes;
        struct change *made = add(is_truncation ? TRUNCATE : WRITE);
        made->place = place;
        made->offset = at;
        made->old_size = found.st_size;
        made->bytes = bytes;
        made->old_bytes = malloc(wanted ? wanted : 1);
        ssize_t got = syscall(SYS_pread64, own, made->old_bytes, wanted, at);
        made->old_count = got > 0 ? (size_t)got : 0;
    }
    pthread_mutex_unlock(&lock);
    errno = saved;
}

void power_cut_created(int directory, const char *path, int is_directory) {
    if (!is_on) return;
    int saved = errno;
    pthread_mutex_lock(&lock);
    struct change *made = add(is_directory ? MKDIR : CREATE);
    made->path = absolute(directory, path);
    made->place = directory_of(made->path);
    pthread_mutex_unlock(&lock);
    errno = saved;
}

void power_cut_renamed(int from_directory, const char *from, int to_directory, const char *to) {
    if (!is_on) return;
    int saved = errno;
    pthread_mutex_lock(&lock);
    struct change *made = add(RENAME);
    made->from = absolute(from_directory, from);
    made->path = absolute(to_directory, to);
    made->place = directory_of(made->path);
    made->other = directory_of(made->from);
    pthread_mutex_unlock(&lock);
    errno = saved;
}

void power_cut_before_removal(int directory, const char *path) {
    if (!is_on) return;
    int saved = errno;
    pthread_mutex_lock(&lock);
    char *whole = absolute(directory, path);
    struct stat found;
    if (lstat(whole, &found) == 0 && S_ISREG(found.st_mode)) {
        struct change *made = add(REMOVE);
        made->path = whole;
        made->place = directory_of(whole);
        char kept[PATH_MAX];
        snprintf(kept, sizeof kept, "%s.%zu.lost", whole, count);
        // Kept aside until the removal is durable.
        if (syscall(SYS_linkat, AT_FDCWD, whole, AT_FDCWD, kept, 0) == 0) made->from = strdup(kept);
    } else {
        free(whole);
    }
    pthread_mutex_unlock(&lock);
    errno = saved;
}

void power_cut_synced(int fd) {
    if (!is_on || lies) return;
    int saved = errno;
    pthread_mutex_lock(&lock);
    uint64_t place = place_of_fd(fd);
    size_t kept = 0;
    for (size_t index = 0; index < count; index++) {
        struct change *one = &changes[index];
        if (one->place != place && one->other != place) {
            changes[kept++] = *one;
            continue;
        }
        if (one->kind == REMOVE && one->from) syscall(SYS_unlinkat, AT_FDCWD, one->from, 0);
        free(one->old_bytes);
        free(one->path);
        free(one->from);
    }
    count = kept;
    pthread_mutex_unlock(&lock);
    errno = saved;
}

// How many of a place's changes survive: all, none, or some of the first ones.
static size_t survivors(uint64_t place, size_t total) {
    uint64_t mixed = (place ^ seed * 0x9E3779B97F4A7C15ull) * 0xBF58476D1CE4E5B9ull;
    mixed ^= mixed >> 31;
    if (seed == 0) return 0;
    return (size_t)(mixed % (total + 1));
}

static void take_back(struct change *one, int is_torn) {
    switch (one->kind) {
    case WRITE:
    case TRUNCATE: {
        int own = -1;
        for (int index = 0; index < handle_count; index++)
            if (handles[index].place == one->place) own = handles[index].fd;
        if (own < 0) return;
        // Of a torn write the first half reached the disk.
        off_t kept = is_torn && one->kind == WRITE ? (off_t)(one->bytes / 2) : 0;
        if (one->offset + kept > one->old_size) {
            syscall(SYS_ftruncate, own, one->offset + kept);
            return;
        }
        syscall(SYS_ftruncate, own, one->old_size);
        if ((size_t)kept < one->old_count)
            syscall(SYS_pwrite64, own, one->old_bytes + kept, one->old_count - kept, one->offset + kept);
        return;
    }
    case CREATE: syscall(SYS_unlinkat, AT_FDCWD, one->path, 0); return;
    case MKDIR: syscall(SYS_unlinkat, AT_FDCWD, one->path, AT_REMOVEDIR); return;
    case RENAME: syscall(SYS_renameat2, AT_FDCWD, one->path, AT_FDCWD, one->from, 0); return;
    case REMOVE:
        if (one->from) syscall(SYS_renameat2, AT_FDCWD, one->from, AT_FDCWD, one->path, 0);
        return;
    }
}

static void take_all_back(void) {
    for (size_t index = count; index-- > 0;) {
        size_t before = 0, total = 0;
        for (size_t other = 0; other < count; other++) {
            if (changes[other].place != changes[index].place) continue;
            total++;
            if (other < index) before++;
        }
        size_t kept = survivors(changes[index].place, total);
        if (before >= kept) take_back(&changes[index], seed > 1 && before == kept);
        else if (changes[index].kind == REMOVE && changes[index].from)
            syscall(SYS_unlinkat, AT_FDCWD, changes[index].from, 0);
    }
}

// Whether a process stands still, by the state in its stat line.
static int is_stopped(pid_t process) {
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 1;
    ssize_t got = syscall(SYS_read, fd, line, sizeof line - 1);
    syscall(SYS_close, fd);
    line[got > 0 ? got : 0] = 0;
    const char *end = strrchr(line, ')');
    return end && (end[2] == 'T' || end[2] == 't');
}

void power_cut_happens(void) {
    if (!is_on) return;
    pthread_mutex_lock(&lock);
    // A child does it while no thread of this process runs: one that looked at a mapped file meanwhile would trap.
    pid_t process = getpid();
    if (fork() != 0)
        for (;;) pause();
    kill(process, SIGSTOP);
    while (!is_stopped(process)) {}
    take_all_back();
    // Nor may the child hold on to the lock of the instance that it ends.
    syscall(SYS_close_range, 3, ~0U, 0);
    kill(process, SIGKILL);
    _exit(0);
}

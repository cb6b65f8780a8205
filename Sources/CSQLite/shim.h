#include <sqlite3.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

/// Variadic in C, so out of Swift's reach: forbids writing to the schema's own tables and similar tricks.
static inline int segdrift_sqlite_defensive(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}

/// Closing this connection never checkpoints: only the writer does.
static inline int segdrift_sqlite_no_checkpoint_on_close(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/// SQLite counts its own memory under one lock for all threads unless told not to; to be called before its first use.
static inline int segdrift_sqlite_no_memory_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/// Keeps the WAL and its index as files after the last close, so that a user who may only read can open the
/// database while no daemon runs. `enable`: 1 on, 0 off, -1 ask; answers the setting in force, or -1 on error.
static inline int segdrift_sqlite_persist_wal(sqlite3 *db, int enable) {
    int value = enable;
    return sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &value) == SQLITE_OK ? value : -1;
}

/// How long a read may keep the log from being used again.
struct segdrift_sqlite_read_limit {
    /// Path of the log.
    const char *log;
    /// It is short enough up to here.
    int64_t log_bytes_max;
    /// On the monotonic clock: until then it does not matter.
    int64_t until_nanoseconds;
};

static inline int64_t segdrift_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int segdrift_sqlite_is_beyond(void *context) {
    const struct segdrift_sqlite_read_limit *limit = (const struct segdrift_sqlite_read_limit *)context;
    struct stat log;
    return segdrift_monotonic_nanoseconds() >= limit->until_nanoseconds && stat(limit->log, &log) == 0
        && log.st_size > limit->log_bytes_max;
}

/// Statements of this connection end with SQLITE_INTERRUPT where they go beyond the limit; null: they do not. The limit
/// must outlive them.
static inline void segdrift_sqlite_limit_reads(sqlite3 *db, struct segdrift_sqlite_read_limit *limit) {
    sqlite3_progress_handler(db, limit ? 20000 : 0, limit ? segdrift_sqlite_is_beyond : (int (*)(void *))0, limit);
}

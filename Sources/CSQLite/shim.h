#include <sqlite3.h>

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

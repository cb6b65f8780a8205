import CSQLite

extension Store {
    /// Of the SQLite that is linked, as `3.40.1`.
    public static var sqliteVersion: String { unsafe String(cString: sqlite3_libversion()) }
}

import CSQLite
import GRDB

extension Store {
    /// Tables whose pages can be checked, one by one.
    public func tableNames() throws -> [String] {
        try queue.inDatabase { db in
            try String.fetchAll(db, sql: "SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY name")
        }
    }

    /// SQLite's own check of a table and its indexes: every page and every row. On the writing connection: a reader would
    /// keep the WAL from shrinking meanwhile.
    /// - Parameter goesOn: Asked some times a second; false ends it early.
    /// - Returns: What is wrong; nil when it was ended early.
    public func checkPages(ofTable table: String, goesOn: () -> Bool) throws -> [String]? {
        do {
            return try withoutActuallyEscaping(goesOn) { goesOn in
                let asked = Asked(goesOn)
                return try queue.inDatabase { db in
                    let connection = unsafe db.sqliteConnection
                    unsafe sqlite3_progress_handler(
                        connection, 200_000,
                        { context in unsafe Unmanaged<Asked>.fromOpaque(context!).takeUnretainedValue().stops() },
                        Unmanaged.passUnretained(asked).toOpaque())
                    defer { unsafe sqlite3_progress_handler(connection, 0, nil, nil) }
                    let name = table.replacing("'", with: "''")
                    let findings = try String.fetchAll(db, sql: "PRAGMA integrity_check('\(name)')")
                    return findings == ["ok"] ? [] : findings
                }
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
            return nil
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }
}

/// What SQLite asks between two steps.
private final class Asked {
    private let goesOn: () -> Bool

    init(_ goesOn: @escaping () -> Bool) {
        self.goesOn = goesOn
    }

    /// 1: it ends.
    func stops() -> Int32 { goesOn() ? 0 : 1 }
}

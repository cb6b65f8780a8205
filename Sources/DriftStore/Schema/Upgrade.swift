import CSQLite
import GRDB
import Glibc

/// Brings a database up to the schema of this release: one transaction for each change, and before the first of them a
/// copy of the database as it was.
///
/// Killed at any instruction, the next start goes on: a change is in the database whole or not at all. The way back to
/// the release before is the copy.
struct Upgrade: Sendable {
    /// A change of the schema. What has been released is never edited; a later one changes what it made.
    struct Step: Sendable {
        /// `PRAGMA user_version` after it.
        let version: Int
        /// As it is kept in the database.
        let name: String
        let change: @Sendable (Database) throws -> Void
    }

    /// In order of their versions.
    let steps: [Step]

    /// Since the first schema.
    static let released = Upgrade(steps: [])

    /// `PRAGMA user_version` after the last step.
    var version: Int { steps.last?.version ?? Schema.firstVersion }

    /// - Throws: What SQLite says; of the step it says it about nothing is left, nor of those after it.
    func run(_ queue: DatabaseQueue, path: String) throws {
        let found = try queue.inDatabase(Schema.version)
        if found > 0, found < version { try Self.keepCopy(of: queue, path: path, version: found) }
        try migrator.migrate(queue)
    }

    private var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001 first schema", migrate: Schema.make)
        for step in steps {
            migrator.registerMigration(step.name) { db in
                try step.change(db)
                try db.execute(sql: "PRAGMA user_version = \(step.version)")
            }
        }
        return migrator
    }

    /// Where the copy of a database lies that had this schema.
    static func copyPath(_ path: String, version: Int) -> String { "\(path).schema-\(version)" }

    /// A copy that is there is complete.
    private static func keepCopy(of queue: DatabaseQueue, path: String, version: Int) throws {
        let name = copyPath(path, version: version)
        let unfinished = name + ".tmp"
        _ = unsafe unlink(unfinished)
        try queue.inDatabase { db in try db.execute(sql: "VACUUM INTO ?", arguments: [unfinished]) }
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard sync(unfinished), unsafe rename(unfinished, name) == 0, sync(directory) else {
            let reason = unsafe String(cString: strerror(errno))
            throw StoreError.sqlite(
                code: SQLITE_IOERR, message: "\(name): the copy before an upgrade could not be kept: \(reason)",
                sql: nil)
        }
    }

    private static func sync(_ path: String) -> Bool {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return fsync(file) == 0
    }
}

import Foundation
import GRDB
import Testing

@testable import DriftStore

/// A database of an older release under a newer one (fault 11). No second schema has been released: the steps are those
/// of a release to come.
@Suite struct UpgradeTests {
    let scratch: Scratch

    /// A database of this release with something in it.
    init() throws {
        scratch = try Scratch()
        let store = try scratch.store()
        _ = try store.activateHand()
        try store.write { transaction in
            for number in 0..<500 { _ = try transaction.insertCustomer(named: "c\(number)".utf8) }
        }
        try store.close()
    }

    struct Stop: Error {}

    private static func upgrade(_ meanwhile: @escaping @Sendable (Database) throws -> Void = { _ in }) -> Upgrade {
        Upgrade(steps: [
            Upgrade.Step(version: 5, name: "0002 names in capitals") { db in
                try db.execute(sql: "CREATE TABLE capitals (name TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID")
                try db.execute(sql: "INSERT INTO capitals SELECT upper(name) FROM customer")
            },
            Upgrade.Step(version: 6, name: "0003 other names") { db in
                try db.execute(sql: "UPDATE customer SET name = 'x' || name")
                try meanwhile(db)
                try db.execute(sql: "CREATE INDEX capitals_length ON capitals (length(name))")
            },
        ])
    }

    /// What is in it, in an order of its own: that of the tables in the file is nobody's business.
    private static func dump(_ path: String) throws -> [Substring] {
        try Shell.run("sqlite3", path, "PRAGMA user_version; DELETE FROM meta WHERE key = 'open'", ".dump")
            .split(separator: "\n").sorted()
    }

    /// What an upgrade makes of it when nothing happens.
    private func calm() throws -> [Substring] {
        let calm = try Scratch()
        try FileManager.default.copyItem(atPath: scratch.database, toPath: calm.database)
        try Store.open(path: calm.database, upgrade: Self.upgrade()).close()
        return try Self.dump(calm.database)
    }

    @Test func aCopyIsKeptAndEveryStepIsDone() throws {
        let before = try Self.dump(scratch.database)
        let store = try Store.open(path: scratch.database, upgrade: Self.upgrade())
        #expect(!store.wasUnclean)
        try store.close()
        let made = try Shell.run("sqlite3", scratch.database, "PRAGMA user_version; SELECT count(*) FROM capitals")
        #expect(made == "6\n500\n")
        let copy = Upgrade.copyPath(scratch.database, version: 4)
        #expect(try Self.dump(copy) == before)
        // Another start has nothing to do, and the release before refuses what it does not know.
        try FileManager.default.removeItem(atPath: copy)
        try Store.open(path: scratch.database, upgrade: Self.upgrade()).close()
        #expect(!FileManager.default.fileExists(atPath: copy))
        #expect(throws: StoreError.newerSchema(path: scratch.database, found: 6, known: 4)) { try scratch.store() }
    }

    @Test func theWayBackIsTheCopy() throws {
        try Store.open(path: scratch.database, upgrade: Self.upgrade()).close()
        let copy = Upgrade.copyPath(scratch.database, version: 4)
        for suffix in ["", "-wal", "-shm"] { try FileManager.default.removeItem(atPath: scratch.database + suffix) }
        try FileManager.default.moveItem(atPath: copy, toPath: scratch.database)
        let store = try scratch.store()
        #expect(try store.write { try $0.activeModel()?.version } == "v1")
        try store.close()
    }

    @Test func aStepThatFailsLeavesNothingOfItselfAndIsDoneAgain() throws {
        let calm = try calm()
        #expect(throws: Stop.self) {
            _ = try Store.open(path: scratch.database, upgrade: Self.upgrade { _ in throw Stop() })
        }
        let left = try Shell.run(
            "sqlite3", scratch.database,
            "PRAGMA user_version; SELECT count(*) FROM customer WHERE name LIKE 'x%'; SELECT count(*) FROM capitals")
        #expect(left == "5\n0\n500\n")
        try Store.open(path: scratch.database, upgrade: Self.upgrade()).close()
        #expect(try Self.dump(scratch.database) == calm)
    }

    /// The files as they are in the middle of a step are what a kill leaves.
    @Test func killedInTheMiddleOfAStepTheNextStartFinishesIt() throws {
        let calm = try calm()
        let crash = try Scratch()
        let (from, to) = (scratch.database, crash.database)
        let store = try Store.open(
            path: scratch.database,
            upgrade: Self.upgrade { db in
                // Out of the cache, as far as it goes: pages that are not committed are in the log.
                try db.execute(sql: "PRAGMA cache_spill = 1; PRAGMA cache_size = 1")
                try db.execute(sql: "UPDATE customer SET name = name || '!'")
                try db.execute(sql: "UPDATE customer SET name = rtrim(name, '!')")
                for suffix in ["", "-wal", ".schema-4"] {
                    try FileManager.default.copyItem(atPath: from + suffix, toPath: to + suffix)
                }
            })
        try store.close()
        #expect(try Self.dump(scratch.database) == calm)
        let again = try Store.open(path: crash.database, upgrade: Self.upgrade())
        #expect(again.recoveredPages > 0)
        try again.close()
        #expect(try Self.dump(crash.database) == calm)
        #expect(try Shell.run("sqlite3", Upgrade.copyPath(crash.database, version: 4), "PRAGMA user_version") == "4\n")
    }

    @Test func withoutACopyNothingIsChanged() throws {
        let before = try Self.dump(scratch.database)
        // Something that cannot be removed nor written lies where the copy is made.
        let place = Upgrade.copyPath(scratch.database, version: 4) + ".tmp"
        try FileManager.default.createDirectory(atPath: place + "/full", withIntermediateDirectories: true)
        #expect(throws: StoreError.self) { try Store.open(path: scratch.database, upgrade: Self.upgrade()) }
        #expect(try Self.dump(scratch.database) == before)
        try scratch.store().close()
    }

    @Test func aReaderSaysWhoBringsItUpToDate() throws {
        let error = StoreError.awaitsUpgrade(path: scratch.database, found: 4, known: 6)
        let database = try DatabaseQueue(path: scratch.database)
        #expect(throws: error) {
            try database.read { db in
                try Schema.check(db, path: scratch.database, upgrade: Self.upgrade(), isUpgraded: true)
            }
        }
        #expect(error.description.contains("start the daemon") && !error.needsPerson)
    }
}

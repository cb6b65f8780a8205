import DriftModel
import DriftStore
import Foundation
import Testing

/// Opening, closing, refusing: the database file as a whole.
@Suite struct StoreLifeTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func pragma(_ name: String) throws -> String {
        try scratch.reader().texts("PRAGMA \(name)")[0][0]
    }

    @Test func aNewDatabaseHasOurMarks() throws {
        let store = try scratch.store()
        #expect(try pragma("page_size") == "8192")
        #expect(try pragma("journal_mode") == "wal")
        #expect(try pragma("application_id") == String(0x7367_6472))
        #expect(try pragma("user_version") == "4")
        #expect(!store.wasUnclean)
        try store.close()
    }

    @Test func openingAgainChangesNothing() throws {
        let store = try scratch.store()
        _ = try store.activateHand()
        try store.close()
        let again = try scratch.store()
        #expect(!again.wasUnclean)
        #expect(try again.write { try $0.activeModel()?.version } == "v1")
        try again.close()
    }

    @Test func everyTableIsStrict() throws {
        let store = try scratch.store()
        let loose = try scratch.reader().texts(
            """
            SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%STRICT%'
                AND name NOT LIKE 'sqlite_%' AND name <> 'grdb_migrations'
            """)
        #expect(loose.isEmpty)
        try store.close()
    }

    @Test func aNewerSchemaIsRefusedAndLeftAlone() throws {
        try scratch.store().close()
        try Shell.run("sqlite3", scratch.database, "PRAGMA user_version = 999")
        #expect(throws: StoreError.newerSchema(path: scratch.database, found: 999, known: 4)) { try scratch.store() }
        #expect(throws: StoreError.newerSchema(path: scratch.database, found: 999, known: 4)) { try scratch.reader() }
        #expect(try Shell.run("sqlite3", scratch.database, "PRAGMA user_version") == "999\n")
    }

    @Test func aDatabaseOfAnotherProgramIsRefused() throws {
        try Shell.run("sqlite3", scratch.database, "CREATE TABLE other (x)")
        let error = #expect(throws: StoreError.self) { try scratch.store() }
        #expect(error?.needsPerson == true)
    }

    @Test func aFileThatIsNoDatabaseIsRefused() throws {
        try Data(repeating: 7, count: 20_000).write(to: URL(fileURLWithPath: scratch.database))
        let error = #expect(throws: StoreError.self) { try scratch.store() }
        #expect(error?.needsPerson == true)
    }

    @Test func nothingToReadIsSaidSo() throws {
        #expect(throws: StoreError.missing(path: scratch.database)) { try scratch.reader() }
    }

    @Test func aDamagedPageIsFoundAfterAnUncleanStop() throws {
        let store = try scratch.store()
        try store.write { transaction in
            for number in 0..<2000 { _ = try transaction.insertCustomer(named: "customer-\(number)".utf8) }
        }
        try store.checkpoint(idle: true)
        // A copy without a clean close is what a crash leaves.
        let copy = try Scratch()
        try FileManager.default.copyItem(atPath: scratch.database, toPath: copy.database)
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: copy.database))
        let size = try handle.seekToEnd()
        for page in 20..<(size / 8192) {
            try handle.seek(toOffset: page * 8192)
            try handle.write(contentsOf: Data(repeating: 0xA5, count: 64))
        }
        try handle.close()
        let error = #expect(throws: StoreError.self) { try copy.store() }
        #expect(error?.needsPerson == true)
        try store.close()
    }

    @Test func anUncleanStopIsNoticed() throws {
        let store = try scratch.store()
        _ = try store.activateHand()
        let copy = try Scratch()
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: scratch.database + suffix, toPath: copy.database + suffix)
        }
        let again = try copy.store()
        #expect(again.wasUnclean)
        #expect(again.recoveredPages > 0)
        #expect(try again.write { try $0.activeModel()?.version } == "v1")
        try again.close()
        try store.close()
    }

    /// Fault 5: the end of the log is torn off. The last commit that is whole counts, and how much that is, is known.
    @Test func aTornLogIsRecoveredUpToTheLastCommitThatIsWhole() throws {
        let store = try scratch.store()
        try store.checkpoint(idle: true)
        try store.write { try $0.setMeta("first", "kept") }
        let log = scratch.database + "-wal"
        let whole = try Data(contentsOf: URL(fileURLWithPath: log))
        let frame = 24 + 8192
        #expect((whole.count - 32) % frame == 0)
        let first = (whole.count - 32) / frame
        try store.write { try $0.setMeta("second", "torn") }
        let both = try Data(contentsOf: URL(fileURLWithPath: log))
        for lost in [0, 1, 23, 24, 512, 4096, frame - 1] {
            let copy = try Scratch()
            try FileManager.default.copyItem(atPath: scratch.database, toPath: copy.database)
            try both.dropLast(lost).write(to: URL(fileURLWithPath: copy.database + "-wal"))
            let again = try copy.store()
            #expect(again.wasUnclean)
            #expect(again.recoveredPages == (lost == 0 ? (both.count - 32) / frame : first), "\(lost) bytes")
            let found = try again.write { [try $0.meta("first"), try $0.meta("second")] }
            #expect(found == ["kept", lost == 0 ? "torn" : nil], "\(lost) bytes")
            try again.close()
        }
        try store.close()
    }

    @Test func aByteChangedInTheLogEndsItThere() throws {
        let store = try scratch.store()
        try store.checkpoint(idle: true)
        try store.write { try $0.setMeta("first", "kept") }
        let place = try Data(contentsOf: URL(fileURLWithPath: scratch.database + "-wal")).count + 200
        try store.write { try $0.setMeta("second", "torn") }
        let copy = try Scratch()
        try FileManager.default.copyItem(atPath: scratch.database, toPath: copy.database)
        var log = try Data(contentsOf: URL(fileURLWithPath: scratch.database + "-wal"))
        log[place] ^= 1
        try log.write(to: URL(fileURLWithPath: copy.database + "-wal"))
        let again = try copy.store()
        #expect(again.recoveredPages > 0)
        #expect(try again.write { [try $0.meta("first"), try $0.meta("second")] } == ["kept", nil])
        try again.close()
        try store.close()
    }

    @Test func aThrownErrorUndoesTheWholeTransaction() throws {
        struct Stop: Error {}
        let store = try scratch.store()
        #expect(throws: Stop.self) {
            try store.write { transaction in
                try transaction.setMeta("kept", "no")
                _ = try transaction.insertCustomer(named: "C-1".utf8)
                throw Stop()
            }
        }
        #expect(try store.write { try $0.meta("kept") } == nil)
        #expect(try scratch.reader().texts("SELECT count(*) FROM customers") == [["0"]])
        try store.close()
    }

    @Test func logicalTimeNeverRunsBackwards() throws {
        let store = try scratch.store()
        try store.write { try $0.setLogicalTime(Hand.day(10), axis: Hand.axis) }
        #expect(throws: StoreError.self) {
            try store.write { try $0.setLogicalTime(Hand.day(9), axis: Hand.axis) }
        }
        #expect(try store.write { try $0.logicalTime() } == Hand.day(10))
        try store.close()
    }

    @Test func aReplacedDatabaseIsNoticed() throws {
        let store = try scratch.store()
        try store.verifySameFile()
        try FileManager.default.moveItem(atPath: scratch.database, toPath: scratch.database + ".old")
        #expect(throws: StoreError.replaced(path: scratch.database)) { try store.verifySameFile() }
        try FileManager.default.copyItem(atPath: scratch.database + ".old", toPath: scratch.database)
        #expect(throws: StoreError.replaced(path: scratch.database)) { try store.verifySameFile() }
    }

    @Test func aDeletedWriteAheadLogIsNoticed() throws {
        let store = try scratch.store()
        _ = try store.activateHand()
        try store.checkpoint(idle: true)
        try store.write { try $0.setMeta("late", "in the log only") }
        #expect(store.walBytes() > 0)
        try FileManager.default.removeItem(atPath: scratch.database + "-wal")
        #expect(throws: StoreError.logDeleted(path: scratch.database)) { try store.verifySameFile() }
        // Whoever opens it anew finds what was committed to the log that is gone.
        let copy = scratch.database + ".copy"
        try FileManager.default.copyItem(atPath: scratch.database, toPath: copy)
        #expect(try Shell.run("sqlite3", copy, "SELECT value FROM meta WHERE key = 'late'") == "in the log only\n")
    }

    @Test func aDeletedIndexOfTheLogIsNoticed() throws {
        let store = try scratch.store()
        try FileManager.default.removeItem(atPath: scratch.database + "-shm")
        #expect(throws: StoreError.logDeleted(path: scratch.database)) { try store.verifySameFile() }
    }

    @Test func anotherWriteAheadLogIsNoticed() throws {
        let store = try scratch.store()
        let log = scratch.database + "-wal"
        try FileManager.default.copyItem(atPath: log, toPath: log + ".copy")
        try FileManager.default.removeItem(atPath: log)
        try FileManager.default.moveItem(atPath: log + ".copy", toPath: log)
        #expect(throws: StoreError.replaced(path: scratch.database)) { try store.verifySameFile() }
    }

    static let codes: [(code: Int32, meaning: String)] = [
        (13, "full"), (4874, "full"), (5, "busy"), (517, "busy"), (266, "storage"), (8, "storage"), (1032, "storage"),
        (14, "storage"), (11, "person"), (267, "person"), (26, "person"), (2067, ""),
    ]

    @Test(arguments: codes) func anErrorSaysWhatToDoAboutIt(code: Int32, meaning: String) {
        let error = StoreError.sqlite(code: code, message: "m", sql: nil)
        let meanings = [
            (error.isDiskFull, "full"), (error.isBusy, "busy"), (error.isFailedStorage, "storage"),
            (error.needsPerson, "person"),
        ]
        #expect(meanings.filter(\.0).map(\.1).joined() == meaning)
    }

    @Test func anIdleCheckpointEmptiesTheLog() throws {
        let store = try scratch.store()
        _ = try store.activateHand()
        #expect(store.walBytes() > 0)
        try store.checkpoint(idle: true)
        #expect(store.walBytes() == 0)
        try store.verifySameFile()
        try store.close()
    }

    @Test func aCheckpointBetweenChunksLeavesAShortLogAlone() throws {
        let store = try scratch.store()
        _ = try store.activateHand()
        let before = store.walBytes()
        try store.checkpoint()
        #expect(store.walBytes() == before)
        #expect(try store.write { try $0.activeModel()?.version } == "v1")
        try store.close()
    }

    @Test func aReaderCannotWrite() throws {
        let store = try scratch.store()
        let reader = try scratch.reader()
        #expect(throws: StoreError.self) { try reader.query("DELETE FROM meta") }
        #expect(throws: StoreError.self) { try reader.query("CREATE TABLE x (y)") }
        try store.close()
    }

    @Test func aBackupIsAWholeDatabaseThatOpensCleanly() throws {
        let store = try scratch.store()
        _ = try store.activateHand()
        let copy = try Scratch()
        try store.backup(to: copy.database)
        let restored = try copy.store()
        #expect(!restored.wasUnclean)
        #expect(try restored.write { try $0.activeModel()?.version } == "v1")
        try restored.close()
        try store.close()
    }

    @Test func theLogsFilesStayAfterClosing() throws {
        try scratch.store().close()
        #expect(FileManager.default.fileExists(atPath: scratch.database + "-wal"))
        #expect(FileManager.default.fileExists(atPath: scratch.database + "-shm"))
    }
}

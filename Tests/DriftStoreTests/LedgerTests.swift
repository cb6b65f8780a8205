import DriftModel
import DriftStore
import Testing

/// The ledger of files and what is in quarantine.
@Suite struct LedgerTests {
    let scratch: Scratch
    let store: Store
    let model: StoredModel

    init() throws {
        scratch = try Scratch()
        store = try scratch.store()
        model = try store.activateHand()
    }

    @Test func aFileGoesFromClaimToArchiveWithItsFigures() throws {
        let fileID = try store.write { try $0.insertFile(Hand.file()) }
        #expect(try store.write { try $0.beginAttempt(fileID) } == 1)
        try store.write { transaction in
            try transaction.recordVerdict(fileID, Hand.verdict())
            try transaction.setFileState(fileID, .valid)
        }
        #expect(try store.write { try $0.firstWaitingInstant() } == Hand.day(10))
        let setID = try store.write { transaction in
            try transaction.fixSet(
                [(fileID, "shop@1", nil)], logicalBefore: Hand.day(9), logicalAfter: Hand.day(11),
                modelID: model.modelID)
        }
        try store.write { transaction in
            try transaction.advanceFile(
                fileID, nextRecord: 3, position: 2, adding: FileCounts(accepted: 1, late: 1, ignored: 1))
            try transaction.advanceFile(fileID, nextRecord: 4, position: 3, adding: FileCounts(quarantined: 1))
            try transaction.setFileState(fileID, .committed)
        }
        try store.write { transaction in
            try transaction.setFileState(
                fileID, .archived, storedPath: "archive/shop/1-a.csv", doneAt: Hand.wall)
        }
        let row = try #require(try scratch.reader().file(fileID))
        #expect(row.state == .archived)
        #expect(row.inode == .max)
        #expect(row.verdict == Hand.verdict())
        #expect(row.counts == FileCounts(accepted: 1, late: 1, ignored: 1, quarantined: 1))
        #expect((row.setID, row.setPosition, row.nextRecord, row.position) == (setID, 0, 4, 3))
        #expect((row.logicalBefore, row.logicalAfter, row.mapping) == (Hand.day(9), Hand.day(11), "shop@1"))
        #expect(
            try scratch.reader().texts("SELECT * FROM files") == [
                [
                    "1", "shop", "a.csv", String(repeating: "a", count: 64), "10", "archived", "3", "1", "0", "0", "1",
                    "0", "1", "1", "0", "2026-09-21T14:13:20Z", "2026-09-21T14:13:20Z", "NULL",
                ]
            ])
    }

    @Test func theStateMachineAllowsOnlyItsSteps() throws {
        for start in FileState.allCases {
            for end in FileState.allCases where start != end {
                let allowed = start.successors.contains(end)
                #expect(
                    !(allowed && start.isFinal && ![.requeued, .dropped, .committed].contains(end)), "\(start) → \(end)"
                )
            }
        }
        let fileID = try store.write { try $0.insertFile(Hand.file()) }
        #expect(throws: StoreError.self) { try store.write { try $0.setFileState(fileID, .committed) } }
        #expect(throws: StoreError.self) { try store.write { try $0.setFileState(99, .valid) } }
    }

    @Test func theSchemaKnowsEveryState() throws {
        let sql = try scratch.reader().texts("SELECT group_concat(sql) FROM sqlite_master")[0][0]
        let states =
            FileState.allCases.map(\.rawValue) + AlertState.allCases.map(\.rawValue)
            + DeliveryState.allCases.map(\.rawValue) + Cause.allCases.map(\.rawValue)
            + Severity.allCases.map(\.rawValue) + FileOrigin.allCases.map(\.rawValue)
        for state in states { #expect(sql.contains("'\(state)'")) }
        for (number, state) in FileState.allCases.enumerated() {
            try store.write { transaction in
                _ = try transaction.insertFile(Hand.file("\(number)"))
                _ = try transaction.files(in: [state])
            }
        }
    }

    @Test func unfinishedFilesAreFoundThroughTheirIndex() throws {
        let plan = try scratch.reader().texts(
            """
            EXPLAIN QUERY PLAN SELECT * FROM file WHERE state = 'valid' AND state NOT IN
                ('archived', 'duplicate', 'quarantined', 'requeued', 'dropped', 'released', 'vanished')
            """)
        #expect(plan[0][3].contains("file_open"))
    }

    @Test func theSameBytesOfTheSameSourceCannotBeAppliedTwice() throws {
        let (first, second) = try store.write { transaction in
            let first = try transaction.insertFile(Hand.file("a"))
            let second = try transaction.insertFile(Hand.file("b"))
            for fileID in [first, second] {
                try transaction.recordVerdict(fileID, Hand.verdict())
                try transaction.setFileState(fileID, .valid)
            }
            try transaction.setFileState(first, .applying)
            return (first, second)
        }
        #expect(throws: StoreError.self) { try store.write { try $0.setFileState(second, .applying) } }
        try store.write { transaction in
            #expect(
                try transaction.committedFile(sha256: Hand.verdict().sha256, source: "shop") == first)
            #expect(try transaction.committedFile(sha256: Hand.verdict().sha256, source: "web") == nil)
            try transaction.markDuplicate(second, of: first, records: 3)
        }
        let row = try #require(try scratch.reader().file(second))
        #expect((row.state, row.duplicateOf, row.counts.duplicates) == (.duplicatePending, first, 3))
    }

    @Test func aFileQuarantinedWholeCountsEveryRecordAsQuarantined() throws {
        try store.write { transaction in
            let fileID = try transaction.insertFile(Hand.file())
            try transaction.markQuarantined(fileID, code: "too_many_rejects", reason: "40 % of 5 records", records: 5)
            try transaction.setFileState(fileID, .quarantined, storedPath: "quarantine/1-a.csv", doneAt: Hand.wall)
        }
        #expect(
            try scratch.reader().texts("SELECT state, records, quarantined, reason FROM files")
                == [["quarantined", "5", "5", "40 % of 5 records"]])
    }

    @Test func countsThatDoNotAddUpCannotBeStored() throws {
        let fileID = try store.write { try $0.insertFile(Hand.file()) }
        #expect(throws: StoreError.self) {
            try store.write { try $0.setCounts(fileID, FileCounts(accepted: 1, late: 2)) }
        }
    }

    @Test func aRefusedRecordIsKeptOnceWithACappedSample() throws {
        let fileID = try store.write { try $0.insertFile(Hand.file()) }
        let long = String(repeating: "é", count: 2000)
        try store.write { transaction in
            for code in ["missing_field", "second"] {
                try transaction.insertQuarantined(
                    fileID,
                    QuarantinedRecord(record: 7, byteOffset: 123, code: code, reason: "no customer", sample: long))
            }
            try transaction.insertQuarantined(
                fileID, QuarantinedRecord(record: nil, byteOffset: nil, code: "whole", reason: "x", sample: nil))
        }
        let rows = try scratch.reader().quarantined(fileID: fileID)
        #expect(rows.map(\.record.code) == ["missing_field", "whole"])
        #expect(rows[0].record.sample?.utf8.count == QuarantinedRecord.sampleBytesMax)
        #expect(
            try scratch.reader().texts("SELECT record, byte_offset, code FROM quarantined").first == [
                "7", "123", "missing_field",
            ])
    }

    @Test func ignoredRecordsAreCountedByWhy() throws {
        let fileID = try store.write { try $0.insertFile(Hand.file()) }
        try store.write { transaction in
            try transaction.countIgnored(fileID, code: "type", detail: "ping", adding: 2)
            try transaction.countIgnored(fileID, code: "type", detail: "ping", adding: 3)
            try transaction.countIgnored(fileID, code: "skip", detail: "", adding: 1)
        }
        let counts = try scratch.reader().ignored(fileID: fileID)
        #expect(counts.map { "\($0.code) \($0.detail) \($0.count)" } == ["type ping 5", "skip  1"])
    }

    @Test func aNameThatIsNoUTF8IsKeptAsBytesAndShownRepaired() throws {
        var file = Hand.file()
        file.name = [0x61, 0xFF, 0x0A]
        let fileID = try store.write { try $0.insertFile(file) }
        let row = try #require(try scratch.reader().file(fileID))
        #expect(row.nameBytes == [0x61, 0xFF, 0x0A])
        #expect(row.name == "a\\xff\\x0a")
    }

    @Test func filesAreListedNewestFirstBySourceAndState() throws {
        try store.write { transaction in
            for (name, source) in [("a", "shop"), ("b", "web"), ("c", "shop")] {
                _ = try transaction.insertFile(Hand.file(name, source: source))
            }
            try transaction.setFileState(3, .vanished)
        }
        let reader = try scratch.reader()
        #expect(try reader.files().map(\.name) == ["c", "b", "a"])
        #expect(try reader.files(source: "shop").map(\.name) == ["c", "a"])
        #expect(try reader.files(states: [.claimed, .valid], limit: 1).map(\.name) == ["b"])
        #expect(try store.write { try $0.files(in: [.claimed, .vanished]).map(\.name) } == ["a", "b", "c"])
    }
}

@Suite struct DisplayNameTests {
    @Test(arguments: [
        ("plain name.csv", "plain name.csv"), ("caf\u{E9}", "caf\u{E9}"), ("a\nb", "a\\x0ab"),
        ("\u{1B}[31m", "\\x1b[31m"),
        ("\u{202E}vsc.a", "\\u{202e}vsc.a"), ("back\\slash", "back\\\\slash"), ("nul\u{85}", "nul\\x85"),
        ("zero\u{200B}width", "zero\\u{200b}width"), ("", ""),
    ])
    func namesAreShownOnOneLine(name: String, shown: String) {
        #expect(DisplayName.escaped(Array(name.utf8)) == shown)
    }

    @Test func bytesThatAreNoTextAreShownByTheirNumbers() {
        #expect(DisplayName.escaped([0x61, 0xFF, 0xC3, 0xA9, 0x5C]) == "a\\xff\\xc3\\xa9\\\\")
    }
}

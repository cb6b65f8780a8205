import DriftModel
import DriftStore
import Foundation
import Glibc
import Testing

@testable import DriftIntake

@Suite struct FileNameTests {
    @Test func namesOfFilesBeingWrittenAreIgnored() {
        for name in [".x", "a.tmp", "a.csv.part", "a~", "a._COPYING_"] {
            #expect(FileName.isIgnored(Array(name.utf8)), "\(name)")
        }
        for name in ["a.csv", "tmp", "part.csv", "~a"] { #expect(!FileName.isIgnored(Array(name.utf8)), "\(name)") }
    }

    @Test func archiveNamesAreShortSafeASCII() {
        #expect(FileName.sanitised(Array("a b/é\n.csv".utf8)) == "a_b____.csv")
        #expect(FileName.sanitised(Array("-rf".utf8)) == "_rf")
        #expect(FileName.sanitised(Array("..".utf8)) == "_.")
        #expect(FileName.sanitised([]) == "_")
        let long = FileName.sanitised([UInt8](repeating: 0xFF, count: 251) + Array(".csv".utf8))
        #expect(long.utf8.count == 100 && long.hasSuffix(".csv"))
    }

    @Test func namesAreShownEscaped() {
        #expect(FileName.display(Array("a\nb\u{1B}[1m".utf8)) == "a\\x0ab\\x1b[1m")
        #expect(FileName.display([0x61, 0xFF]) == "a\\xff")
    }

    @Test(arguments: [
        ("*.csv*", "a.csv.gz", true), ("*.csv", "a.csv.gz", false), ("*", "", true), ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("[]]", "]", true), ("a[", "a[", true),
        ("*a*b*", "xxaxxbx", true),
        ("*a*b", "abab", true), ("**", "x", true), ("", "x", false),
    ])
    func globs(pattern: String, name: String, matches: Bool) {
        #expect(Glob(pattern).matches(Array(name.utf8)) == matches, "\(pattern) \(name)")
    }
}

@Suite struct ScannerTests {
    let scratch: Scratch
    let now = Hand.claim

    init() throws { scratch = try Scratch() }

    @Test func regularFilesAreReadyTheOldestFirst() throws {
        for (name, age) in [("b.csv", 10), ("a.csv", 10), ("c.csv", 20), ("x.tmp", 30), (".h.csv", 30)] {
            let path = try scratch.write("x", name)
            let date = Date(timeIntervalSince1970: 1_700_000_000 - Double(age))
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
        }
        var scanner = Scanner(source: scratch.source())
        let result = try scanner.scan(files: scratch.files, policy: .atOnce, now: now)
        #expect(result.ready.map { String(decoding: $0.name, as: UTF8.self) } == ["c.csv", "a.csv", "b.csv"])
    }

    @Test func whatIsNoRegularFileIsReportedOnceAndNeverOpened() throws {
        try #require(unsafe mkfifo(scratch.incoming + "/pipe", 0o600) == 0)
        try FileManager.default.createSymbolicLink(
            atPath: scratch.incoming + "/link", withDestinationPath: "/etc/passwd")
        try FileManager.default.createDirectory(
            atPath: scratch.incoming + "/folder", withIntermediateDirectories: false)
        try scratch.write("x", "good\n-rf.csv")
        var scanner = Scanner(source: scratch.source())
        let first = try scanner.scan(files: scratch.files, policy: .atOnce, now: now)
        #expect(first.ready.map(\.name) == [Array("good\n-rf.csv".utf8)])
        #expect(
            Set(first.reports.map(\.problem)) == [.notAFile(.fifo), .notAFile(.symbolicLink), .notAFile(.directory)])
        let second = try scanner.scan(files: scratch.files, policy: .atOnce, now: now)
        #expect(second.reports.isEmpty && second.refused.count == 3)
    }

    @Test func aFileFoundByScanAloneWaitsUntilItIsStill() throws {
        let path = try scratch.write("x")
        var scanner = Scanner(source: scratch.source())
        #expect(
            try scanner.scan(files: scratch.files, policy: .patient, now: now).lookAgainAt == now.advanced(bySeconds: 5)
        )
        #expect(try scanner.scan(files: scratch.files, policy: .patient, now: now.advanced(bySeconds: 4)).waiting == 1)
        try Data("xy".utf8).write(to: URL(filePath: path))
        #expect(try scanner.scan(files: scratch.files, policy: .patient, now: now.advanced(bySeconds: 5)).waiting == 1)
        #expect(try scanner.scan(files: scratch.files, policy: .patient, now: now.advanced(bySeconds: 9)).waiting == 1)
        #expect(
            try scanner.scan(files: scratch.files, policy: .patient, now: now.advanced(bySeconds: 10)).ready.count == 1)
    }

    /// A backlog found at the start does not have to be watched for seconds again.
    @Test func aFileThatWasLastTouchedLongBeforeTheFirstLookIsReady() throws {
        try scratch.write("x")
        let stamp = try scratch.files.status(of: Array("x.csv".utf8), in: scratch.incoming).stamp
        let touched = Instant(microseconds: stamp.changedNanoseconds / 1000)
        var early = Scanner(source: scratch.source())
        let soon = try early.scan(files: scratch.files, policy: .patient, now: touched.advanced(bySeconds: 4))
        #expect(soon.ready.isEmpty && soon.recent == 1)
        var late = Scanner(source: scratch.source())
        let later = try late.scan(files: scratch.files, policy: .patient, now: touched.advanced(bySeconds: 6))
        #expect(later.ready.count == 1 && later.recent == 0)
    }

    @Test func aFileThatIsNotCompleteAfterAMinuteIsNotRecentAnyMore() throws {
        try scratch.write("x")
        var scanner = Scanner(source: scratch.source { $0.completion = .sidecar(suffix: ".done") })
        #expect(try scanner.scan(files: scratch.files, policy: .patient, now: now).recent == 1)
        let later = try scanner.scan(files: scratch.files, policy: .patient, now: now.advanced(bySeconds: 60))
        #expect(later.waiting == 1 && later.recent == 0)
    }

    @Test func aFileThatWasRenamedIntoPlaceIsReadyAtOnce() throws {
        try scratch.write("x")
        var scanner = Scanner(source: scratch.source())
        let result = try scanner.scan(
            files: scratch.files, policy: .patient, signs: [Array("x.csv".utf8): .complete], now: now)
        #expect(result.ready.count == 1)
    }

    @Test func aQuietPeriodHoldsForRenamedFilesToo() throws {
        try scratch.write("x")
        var scanner = Scanner(source: scratch.source { $0.completion = .quiet(seconds: 30) })
        let first = try scanner.scan(
            files: scratch.files, policy: .patient, signs: [Array("x.csv".utf8): .complete], now: now)
        #expect(first.ready.isEmpty && first.lookAgainAt == now.advanced(bySeconds: 30))
    }

    @Test func aSidecarSaysThatItsFileIsWhole() throws {
        try scratch.write("x")
        var scanner = Scanner(source: scratch.source { $0.completion = .sidecar(suffix: ".done") })
        #expect(try scanner.scan(files: scratch.files, policy: .atOnce, now: now).waiting == 1)
        try scratch.write("", "x.csv.done")
        let result = try scanner.scan(files: scratch.files, policy: .patient, now: now)
        #expect(result.ready.first?.sidecar == Array("x.csv.done".utf8))
    }

    @Test func aDirectoryThatIsGoneIsAnError() throws {
        try FileManager.default.removeItem(atPath: scratch.incoming)
        var scanner = Scanner(source: scratch.source())
        #expect(throws: IntakeError(.vanished, "open", path: scratch.incoming, errorNumber: ENOENT)) {
            try scanner.scan(files: scratch.files, policy: .atOnce, now: now)
        }
    }
}

@Suite struct SpoolLifeTests {
    let scratch: Scratch
    let store: Store
    let now = Hand.claim

    init() throws {
        scratch = try Scratch()
        store = try scratch.store()
    }

    func claimed(_ text: String = "x", _ name: String = "x.csv") throws -> ClaimedFile {
        try scratch.write(text, name)
        var scanner = Scanner(source: scratch.source())
        let ready = try scanner.scan(files: scratch.files, policy: .atOnce, now: now).ready
        let claimer = Claimer(layout: scratch.layout, files: scratch.files)
        return try #require(try claimer.claim(ready, source: scratch.source(), store: store, now: now).claimed.first)
    }

    func state(_ fileID: Int64) throws -> FileState? { try store.write { try $0.file(fileID)?.state } }
    func recover() throws -> SpoolRecovery.Report {
        try SpoolRecovery(layout: scratch.layout, files: scratch.files).run(
            sources: [scratch.source()], store: store, now: now)
    }
    /// - Returns: Where the file lies after a move that was due; nil when none was.
    func settle(_ fileID: Int64) throws -> String? {
        let row = try #require(try store.write { try $0.file(fileID) })
        let missing = try Archiver(layout: scratch.layout, files: scratch.files).settle([row], store: store, now: now)
        #expect(missing.isEmpty)
        return scratch.layout.dueMove(row) == nil ? nil : try store.write { try $0.file(fileID)?.storedPath }
    }

    @Test func aClaimMovesTheFileToItsNumber() throws {
        let file = try claimed()
        #expect(try scratch.names("work") == ["\(file.fileID)"])
        #expect(try scratch.names("incoming/shop").isEmpty)
        #expect(try state(file.fileID) == .claimed)
        #expect(try recover().toResume.map(\.fileID) == [file.fileID])
    }

    @Test func aFileThatIsGoneBeforeItsClaimHasVanished() throws {
        let ready = ReadyFile(
            name: Array("gone.csv".utf8),
            stamp: FileStamp(device: 1, inode: 2, size: 3, modifiedNanoseconds: 4, changedNanoseconds: 5), seenAt: now)
        let claimer = Claimer(layout: scratch.layout, files: scratch.files)
        let result = try claimer.claim([ready], source: scratch.source(), store: store, now: now)
        #expect(result.claimed.isEmpty && result.vanished.count == 1)
        #expect(try state(1) == .vanished)
    }

    /// Catches a daemon that ends, again and again, because one producer's directory is not its own.
    @Test func aFileThatMayNotBeTakenStaysAndTheOthersAreTaken() throws {
        try scratch.write("x", "locked.csv")
        try scratch.write("y", "open.csv")
        var scanner = Scanner(source: scratch.source())
        let ready = try scanner.scan(files: scratch.files, policy: .atOnce, now: now).ready
        let guarded = GuardedFiles(locked: "locked.csv")
        let claimer = Claimer(layout: scratch.layout, files: guarded)
        let result = try claimer.claim(ready, source: scratch.source(), store: store, now: now)
        #expect(result.claimed.map(\.name) == [Array("open.csv".utf8)])
        #expect(result.refused.map(\.file.name) == [Array("locked.csv".utf8)])
        #expect(try scratch.names("incoming/shop") == ["locked.csv"])
        #expect(try store.write { try $0.files(in: [.vanished]) }.first?.reason?.contains("denied") == true)
    }

    @Test func aClaimCutShortBeforeItsRenameIsCarriedOut() throws {
        let path = try scratch.write("x")
        let status = try scratch.files.status(of: Array("x.csv".utf8), in: scratch.incoming)
        let fileID = try store.write { transaction in
            try transaction.insertFile(
                NewFile(
                    source: "shop", name: Array("x.csv".utf8), device: status.stamp.device, inode: status.stamp.inode,
                    size: 1, modifiedAt: Instant(microseconds: status.stamp.modifiedNanoseconds / 1000), seenAt: now,
                    claimedAt: now, storedPath: "work"))
        }
        #expect(try recover().toResume.map(\.fileID) == [fileID])
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(try scratch.names("work") == ["\(fileID)"])
        #expect(try recover().toResume.map(\.fileID) == [fileID])
    }

    @Test func aClaimWhoseFileWasReplacedVanishesAndTheNewFileStays() throws {
        try scratch.write("x")
        let fileID = try store.write { transaction in
            try transaction.insertFile(
                NewFile(
                    source: "shop", name: Array("x.csv".utf8), device: 1, inode: 1, size: 1, modifiedAt: now,
                    seenAt: now,
                    claimedAt: now, storedPath: "work"))
        }
        #expect(try recover().vanished == [fileID])
        #expect(try scratch.names("incoming/shop") == ["x.csv"])
    }

    @Test func anOrphanInWorkIsAdopted() throws {
        try scratch.write("x", "stray.csv", in: scratch.layout.work)
        let adopted = try recover().adopted
        #expect(adopted.map(\.name) == [Array("stray.csv".utf8)])
        #expect(try scratch.names("work") == ["1"])
        #expect(try recover().adopted.isEmpty)
    }

    func commit(_ fileID: Int64) throws {
        try store.write { transaction in
            for state in [FileState.valid, .applying, .committed] { try transaction.setFileState(fileID, state) }
        }
    }

    @Test func aCommittedFileGoesToTheArchiveByTheDayOfItsClaim() throws {
        let file = try claimed("x", "a b.csv")
        try commit(file.fileID)
        #expect(try settle(file.fileID) == "archive/shop/2026/09/21/1-a_b.csv")
        #expect(try state(file.fileID) == .archived)
        #expect(scratch.exists("archive/shop/2026/09/21/1-a_b.csv"))
        #expect(try settle(file.fileID) == nil)
    }

    @Test func aMoveThatWasCutShortIsDoneAgainAtStart() throws {
        let renamed = try claimed("x", "a.csv")
        let untouched = try claimed("y", "b.csv")
        for fileID in [renamed.fileID, untouched.fileID] { try commit(fileID) }
        let row = try #require(try store.write { try $0.file(renamed.fileID) })
        // The crash came after the rename, before the ledger knew.
        let move = try #require(scratch.layout.dueMove(row))
        let target = scratch.layout.root + "/" + move.folder
        try scratch.files.createDirectory(target, mode: 0o700)
        try scratch.files.move(
            Array("\(row.fileID)".utf8), from: scratch.layout.work, to: Array(move.name.utf8), in: target)
        #expect(try recover().settled == [renamed.fileID, untouched.fileID])
        #expect(try state(renamed.fileID) == .archived)
        #expect(try state(untouched.fileID) == .archived)
        #expect(try scratch.names("work").isEmpty)
        #expect(try recover().settled.isEmpty)
    }

    @Test func aQuarantinedFileHasItsReasonBesideIt() throws {
        let file = try claimed()
        try store.write { try $0.markQuarantined(file.fileID, code: "missing_column", reason: "no \"c\"", records: 3) }
        #expect(try settle(file.fileID) == "quarantine/1-x.csv")
        let reason = try String(contentsOfFile: scratch.layout.quarantine + "/1.reason.json", encoding: .utf8)
        let json = try JSONSerialization.jsonObject(with: Data(reason.utf8)) as? [String: Any]
        #expect(json?["code"] as? String == "missing_column")
        #expect(json?["reason"] as? String == "no \"c\"")
        #expect(json?["records"] as? Int == 3)
        // One that could not be written, on a full disk say, is made up for; one without a file goes.
        try scratch.files.remove(Array("1.reason.json".utf8), in: scratch.layout.quarantine)
        _ = try recover()
        #expect(try String(contentsOfFile: scratch.layout.quarantine + "/1.reason.json", encoding: .utf8) == reason)
        try store.write { try $0.setFileState(file.fileID, .dropped) }
        try scratch.files.remove(Array("1-x.csv".utf8), in: scratch.layout.quarantine)
        _ = try recover()
        #expect(try scratch.names("quarantine").isEmpty)
    }

    @Test func aDuplicateGoesToTheDuplicates() throws {
        let first = try claimed("x", "a.csv")
        let second = try claimed("x", "b.csv")
        try store.write { try $0.markDuplicate(second.fileID, of: first.fileID, records: 1) }
        #expect(try settle(second.fileID) == "archive/duplicates/2-b.csv")
        #expect(try state(second.fileID) == .duplicate)
    }

    @Test func aFileThatShouldBeInWorkAndIsNotIsLostAndSaid() throws {
        let file = try claimed()
        try store.write { try $0.setFileState(file.fileID, .valid) }
        try FileManager.default.removeItem(atPath: file.path)
        #expect(try recover().lost.map(\.fileID) == [file.fileID])
    }

    @Test func aFileThatIsGoneBeforeItsMoveIsLostAndSaid() throws {
        let file = try claimed()
        try store.write { try $0.markQuarantined(file.fileID, code: "bad", reason: "bad", records: 1) }
        try FileManager.default.removeItem(atPath: file.path)
        #expect(try recover().lost.map(\.fileID) == [file.fileID])
        #expect(try state(file.fileID) == .quarantinePending)
    }

    @Test func nothingIsEverReplaced() throws {
        try scratch.write("one", "a")
        try scratch.write("two", "b")
        #expect(throws: IntakeError.self) {
            try scratch.files.move([97], from: scratch.incoming, to: [98], in: scratch.incoming)
        }
        #expect(try scratch.names("incoming/shop") == ["a", "b"])
    }

    @Test func aSecondInstanceIsKeptOut() throws {
        let lock = try InstanceLock.acquire(directory: scratch.root)
        #expect(lock != nil)
        #expect(try InstanceLock.acquire(directory: scratch.root) == nil)
        withExtendedLifetime(lock) {}
    }
}

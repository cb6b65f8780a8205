import DriftModel
import Foundation
import Glibc
import Testing

@testable import DriftIntake

/// When a file is whole, and what is said of those that are not taken.
@Suite struct CompletenessTests {
    let scratch: Scratch
    let now = Hand.claim
    let name = Array("x.csv".utf8)

    init() throws { scratch = try Scratch() }

    func later(_ seconds: Int64) -> Instant { now.advanced(bySeconds: seconds) }

    func scan(
        _ scanner: inout DriftIntake.Scanner, _ signs: [[UInt8]: ArrivalSign] = [:], after seconds: Int64 = 0,
        files: (any SpoolFiles)? = nil
    ) throws -> ScanResult {
        try scanner.scan(files: files ?? scratch.files, policy: .patient, signs: signs, now: later(seconds))
    }

    /// Catches a file read while its writer pauses.
    @Test func aFileThatIsBeingWrittenWaitsHoweverStillItIs() throws {
        try scratch.write("x")
        var scanner = Scanner(source: scratch.source())
        #expect(try scan(&scanner, [name: .beingWritten]).waiting == 1)
        #expect(try scan(&scanner, after: 3_000).ready.isEmpty)
        #expect(try scan(&scanner, [name: .complete], after: 3_001).ready.count == 1)
    }

    @Test func aLinkedFileIsTakenWhenItIsStill() throws {
        try scratch.write("x")
        var scanner = Scanner(source: scratch.source())
        #expect(try scan(&scanner, [name: .created]).ready.isEmpty)
        #expect(try scan(&scanner, after: 5).ready.count == 1)
    }

    /// Catches an empty file archived while its writer was about to begin.
    @Test func anEmptyFileThatWasOnlyJustMadeWaitsForItsWriter() throws {
        try scratch.write("")
        var scanner = Scanner(source: scratch.source())
        #expect(try scan(&scanner, [name: .created]).ready.isEmpty)
        #expect(try scan(&scanner, after: 100).ready.isEmpty)
        #expect(try scan(&scanner, [name: .complete], after: 101).ready.count == 1)
    }

    @Test func aQuietPeriodDoesNotEndBeforeItsWriterHasClosed() throws {
        try scratch.write("x")
        var scanner = Scanner(source: scratch.source { $0.completion = .quiet(seconds: 5) })
        #expect(try scan(&scanner, [name: .beingWritten]).ready.isEmpty)
        #expect(try scan(&scanner, after: 60).ready.isEmpty)
        #expect(try scan(&scanner, [name: .complete], after: 61).ready.count == 1)
    }

    /// After a restart nothing was seen of the writer; the kernel is asked.
    @Test func aFileFoundOpenForWritingWaits() throws {
        let path = try scratch.write("x")
        let writer = unsafe open(path, O_WRONLY | O_APPEND)
        try #require(writer >= 0)
        var scanner = Scanner(source: scratch.source())
        #expect(try scan(&scanner).ready.isEmpty)
        #expect(try scan(&scanner, after: 60).ready.isEmpty)
        close(writer)
        #expect(try scan(&scanner, after: 61).ready.count == 1)
    }

    @Test func aWriterThatNeverClosesIsToldOfOnceAfterAnHour() throws {
        try scratch.write("x")
        var scanner = Scanner(source: scratch.source())
        #expect(try scan(&scanner, [name: .beingWritten]).reports.isEmpty)
        #expect(try scan(&scanner, after: 3_599).reports.isEmpty)
        let told = try scan(&scanner, after: 3_600)
        #expect(told.reports == [ScanReport(name: name, problem: .neverClosed, since: now)])
        #expect(told.ready.isEmpty)
        let again = try scan(&scanner, after: 7_200)
        #expect(again.reports.isEmpty && again.refused.count == 1)
        #expect(try scan(&scanner, [name: .complete], after: 7_201).ready.count == 1)
    }

    @Test func aSidecarThatDoesNotComeIsToldOfOnceAfterAnHour() throws {
        try scratch.write("x")
        var scanner = Scanner(source: scratch.source { $0.completion = .sidecar(suffix: ".done") })
        _ = try scan(&scanner)
        #expect(try scan(&scanner, after: 3_599).reports.isEmpty)
        #expect(try scan(&scanner, after: 3_600).reports.first?.problem == .noSidecar("x.csv.done"))
        #expect(try scan(&scanner, after: 3_601).reports.isEmpty)
    }

    /// It was renamed in the moment of its claim: that says nothing about whoever writes to it.
    @Test func aFileThatWasGivenBackMustBeStill() throws {
        try scratch.write("x")
        var scanner = Scanner(source: scratch.source())
        scanner.distrust([name])
        #expect(try scan(&scanner, [name: .complete]).ready.isEmpty)
        #expect(try scan(&scanner, after: 5).ready.count == 1)
    }

    // MARK: What cannot be read

    /// The real file system, where one file cannot be opened.
    struct Unreadable: SpoolFiles {
        var error: IntakeError?
        let real = SystemSpoolFiles()

        func status(of name: [UInt8], in directory: String) throws(IntakeError) -> EntryStatus {
            var status = try real.status(of: name, in: directory)
            guard name == Array("locked.csv".utf8) else { return status }
            if let error { throw error }
            status.isReadable = false
            return status
        }

        func names(in directory: String) throws(IntakeError) -> [[UInt8]] { try real.names(in: directory) }
        func move(_ name: [UInt8], from source: String, to newName: [UInt8], in target: String) throws(IntakeError) {
            try real.move(name, from: source, to: newName, in: target)
        }
        func createDirectory(_ path: String, mode: UInt32) throws(IntakeError) {}
        func sync(directory: String) throws(IntakeError) {}
        func write(_ bytes: [UInt8], to name: String, in directory: String) throws(IntakeError) {}
        func remove(_ name: [UInt8], in directory: String) throws(IntakeError) {}
        func device(of directory: String) throws(IntakeError) -> UInt64 { 0 }
    }

    @Test func anUnreadableFileIsToldOfOnceThenLouderAndHoldsUpNobody() throws {
        try scratch.write("x", "locked.csv")
        try scratch.write("y", "open.csv")
        var scanner = Scanner(source: scratch.source())
        let locked = Unreadable()
        let first = try scan(&scanner, [Array("open.csv".utf8): .complete], files: locked)
        #expect(first.ready.map(\.name) == [Array("open.csv".utf8)])
        #expect(first.reports.map(\.problem) == [.unreadable("no permission to read it")])
        #expect(try scan(&scanner, after: 899, files: locked).overdue.isEmpty)
        #expect(try scan(&scanner, after: 900, files: locked).overdue.count == 1)
        let last = try scan(&scanner, after: 9_000, files: locked)
        #expect(last.overdue.isEmpty && last.reports.isEmpty && last.refused.count == 1)
        #expect(try scan(&scanner, after: 9_001).ready.count == 2)
    }

    @Test func aFileOnADamagedDiskHoldsUpNobody() throws {
        try scratch.write("x", "locked.csv")
        try scratch.write("y", "open.csv")
        var scanner = Scanner(source: scratch.source())
        let damaged = Unreadable(error: IntakeError("open", path: "locked.csv", errorNumber: EIO))
        let result = try scan(&scanner, [Array("open.csv".utf8): .complete], files: damaged)
        #expect(result.ready.count == 1)
        #expect(result.reports.map(\.problem) == [.unreadable("Input/output error")])
    }

    /// Catches files that are not seen because the process has run out of descriptors.
    @Test func aShortageIsTroubleOfTheSourceNotOfTheFile() throws {
        try scratch.write("x", "locked.csv")
        var scanner = Scanner(source: scratch.source())
        let short = IntakeError("open", path: "locked.csv", errorNumber: EMFILE)
        #expect(throws: short) { try scan(&scanner, files: Unreadable(error: short)) }
    }

    @Test(arguments: [EntryKind.fifo, .symbolicLink, .socket, .device, .directory])
    func problemsAreSentences(kind: EntryKind) {
        #expect("\(SpoolProblem.notAFile(kind))" == "a \(kind.rawValue), not a file")
    }

    // MARK: Sources that share a directory

    @Test func sourcesThatShareADirectoryTakeByTheirPatterns() throws {
        for name in ["a.csv", "b.json", "c.txt"] { try scratch.write("x", name) }
        var csv = Scanner(source: scratch.source { $0.match = "*.csv" })
        var json = Scanner(source: scratch.source { $0.match = "*.json" })
        let first = try csv.scan(files: scratch.files, policy: .atOnce, now: now)
        let second = try json.scan(files: scratch.files, policy: .atOnce, now: now)
        #expect(first.ready.map(\.name) == [Array("a.csv".utf8)])
        #expect(second.ready.map(\.name) == [Array("b.json".utf8)])
    }
}

import DriftModel
import DriftStore
import Foundation
import Testing

@testable import DriftIntake

/// The archive gets smaller and says the same, whatever happens on the way.
@Suite struct ArchiveCompressorTests {
    static let text = String(repeating: "customer,type,at\nc-1,purchase,2026-01-10\n", count: 2_000)

    let scratch: Scratch
    let store: Store

    init() throws {
        scratch = try Scratch()
        store = try scratch.store()
    }

    /// A file in the archive, as the daemon puts it there.
    func archived(_ text: String = ArchiveCompressorTests.text, _ name: String = "x.csv") throws -> FileRow {
        let path = try scratch.write(text, name)
        let stamp = try scratch.files.status(of: Array(name.utf8), in: scratch.incoming).stamp
        let row = NewFile(
            source: "shop", name: Array(name.utf8), device: stamp.device, inode: stamp.inode, size: stamp.size,
            modifiedAt: Hand.claim, seenAt: Hand.claim, claimedAt: Hand.claim, storedPath: "work")
        let fileID = try store.write { try $0.insertFile(row) }
        var verdict = try #require(
            try FirstPass.run(path: path, plan: try Hand.plan(Hand.source()), context: Hand.context()))
        verdict.failure = nil
        try FileManager.default.moveItem(atPath: path, toPath: scratch.layout.workPath(fileID))
        try store.write { transaction in
            try transaction.recordVerdict(fileID, verdict.ledgerRow)
            for state in [FileState.valid, .applying, .committed] { try transaction.setFileState(fileID, state) }
        }
        let committed = try #require(try store.write { try $0.file(fileID) })
        try Archiver(layout: scratch.layout, files: scratch.files).settle([committed], store: store, now: Hand.claim)
        return try #require(try store.write { try $0.file(fileID) })
    }

    func folder(_ file: FileRow) throws -> [String] {
        try scratch.names(file.storedPath.split(separator: "/").dropLast().joined(separator: "/"))
    }

    func row(_ file: FileRow) throws -> FileRow { try #require(try store.write { try $0.file(file.fileID) }) }

    @Test func aCompressedFileIsSmallerAndHasTheSameBytes() throws {
        let file = try archived()
        let compressor = ArchiveCompressor(layout: scratch.layout, files: scratch.files)
        #expect(try compressor.compress(file, store: store) { true })
        let after = try row(file)
        #expect(after.storedPath == file.storedPath + ".zst" && ArchivedBytes.isCompressed(after))
        #expect(try folder(after) == ["1-x.csv.zst"])
        let path = scratch.layout.path(of: after)
        #expect(try ArchivedBytes.sha256(path: path, isCompressed: true) == file.verdict?.sha256)
        let bytes = try Data(contentsOf: URL(filePath: path))
        #expect(bytes.count < Self.text.utf8.count / 20)
        #expect(try store.write { try $0.plainArchivedFiles(after: 0, bytesMin: 0, limit: 9) }.isEmpty)
    }

    @Test func aPlainFileWithTheNameOfACompressedOneIsPlain() throws {
        let file = try archived(Self.text, "x.zst")
        #expect(!ArchivedBytes.isCompressed(file))
        #expect(
            try ArchivedBytes.sha256(path: scratch.layout.path(of: file), isCompressed: false) == file.verdict?.sha256)
    }

    @Test func damagedBytesAreNoBytes() throws {
        let file = try archived()
        _ = try ArchiveCompressor(layout: scratch.layout, files: scratch.files).compress(file, store: store) { true }
        let path = scratch.layout.path(of: try row(file))
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[bytes.count / 2] ^= 0x55
        try bytes.write(to: URL(filePath: path))
        #expect(throws: IntakeError.self) { try ArchivedBytes.sha256(path: path, isCompressed: true) }
    }

    @Test func whenSomethingArrivesItIsGivenUpWithoutATrace() throws {
        let file = try archived()
        #expect(
            try !ArchiveCompressor(layout: scratch.layout, files: scratch.files).compress(file, store: store) { false })
        #expect(try folder(file) == ["1-x.csv"] && row(file).storedPath == file.storedPath)
    }

    /// At each of its calls once: afterwards a start leaves one file, the one that the ledger names.
    @Test func aFailureAtAnyCallLeavesOneFileThatTheLedgerKnows() throws {
        for call in 1...8 {
            let file = try archived(Self.text + "c-\(call),purchase,2026-01-10\n", "\(call).csv")
            let failing = FailingFiles(at: call)
            _ = try? ArchiveCompressor(layout: scratch.layout, files: failing).compress(file, store: store) { true }
            try ArchiveCompressor(layout: scratch.layout, files: scratch.files).recover(store: store)
            let after = try row(file)
            let names = try folder(after).filter { $0.contains("-\(call).csv") }
            #expect(names == [String(after.storedPath.split(separator: "/").last ?? "")], "call \(call)")
            let sha256 = try ArchivedBytes.sha256(
                path: scratch.layout.path(of: after), isCompressed: ArchivedBytes.isCompressed(after))
            #expect(sha256 == file.verdict?.sha256, "call \(call)")
        }
    }
}

/// The real file system, but one call fails, and every one after it.
final class FailingFiles: SpoolFiles, @unchecked Sendable {
    private let real = SystemSpoolFiles()
    private var left: Int

    init(at call: Int) { left = call }

    private func count() throws(IntakeError) {
        left -= 1
        if left <= 0 { throw IntakeError(.transient, "call", path: "", errorNumber: 5) }
    }

    func names(in directory: String) throws(IntakeError) -> [[UInt8]] { try real.names(in: directory) }
    func status(of name: [UInt8], in directory: String) throws(IntakeError) -> EntryStatus {
        try real.status(of: name, in: directory)
    }
    func move(_ name: [UInt8], from source: String, to newName: [UInt8], in target: String) throws(IntakeError) {
        try count()
        try real.move(name, from: source, to: newName, in: target)
    }
    func createDirectory(_ path: String, mode: UInt32) throws(IntakeError) {
        try count()
        try real.createDirectory(path, mode: mode)
    }
    func sync(directory: String) throws(IntakeError) {
        try count()
        try real.sync(directory: directory)
    }
    func write(_ bytes: [UInt8], to name: String, in directory: String) throws(IntakeError) {
        try count()
        try real.write(bytes, to: name, in: directory)
    }
    func remove(_ name: [UInt8], in directory: String) throws(IntakeError) {
        try count()
        try real.remove(name, in: directory)
    }
    func device(of directory: String) throws(IntakeError) -> UInt64 { try real.device(of: directory) }
}

import DriftModel
import DriftStore
import Foundation
import Glibc
import Synchronization
import Testing

@testable import DriftIntake

/// Between a look at a file and its claim anything may happen to it.
@Suite struct ClaimTests {
    let scratch: Scratch
    let store: Store
    let now = Hand.claim
    let name = Array("x.csv".utf8)
    var path: String { scratch.incoming + "/x.csv" }

    init() throws {
        scratch = try Scratch()
        store = try scratch.store()
    }

    func look() throws -> [ReadyFile] {
        var scanner = Scanner(source: scratch.source())
        return try scanner.scan(files: scratch.files, policy: .atOnce, now: now).ready
    }

    func claim(_ ready: [ReadyFile], files: (any SpoolFiles)? = nil) throws -> Claimer.Result {
        try Claimer(layout: scratch.layout, files: files ?? scratch.files).claim(
            ready, source: scratch.source(), store: store, now: now)
    }

    func row(_ fileID: Int64 = 1) throws -> FileRow? { try store.write { try $0.file(fileID) } }
    func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    // MARK: Links

    /// A name that is now a file, now a link to somebody's secret, as fast as it can be (fault 94): whatever is taken,
    /// the secret is never read and never moved.
    @Test func aLinkThatIsSwappedInIsNeverFollowed() throws {
        let swapper = try Swapper(path, scratch)
        Thread(block: swapper.run).start()
        defer { swapper.stop() }
        var taken = 0
        let plan = try Hand.plan(Hand.source { $0.map = Hand.mapping() })
        while taken < 40 {
            for file in try claim(try look()).claimed {
                taken += 1
                let verdict = try? FirstPass.run(path: file.path, plan: plan, context: Hand.context())
                #expect(verdict == nil || verdict?.sha256 == swapper.sha256)
            }
        }
        #expect(try text(swapper.secret).hasPrefix("secret"))
    }

    /// Makes a name a file and a link in turn.
    final class Swapper: Sendable {
        let secret: String
        /// Of the file.
        let sha256: String
        private let path: String
        private let link: String
        private let file: String
        private let isDone = Atomic<Bool>(false)
        private let end = DispatchSemaphore(value: 0)
        private static let text = "c,t,a\nA,purchase,2026-01-01\n"

        init(_ path: String, _ scratch: Scratch) throws {
            self.path = path
            secret = try scratch.write("secret,of\nsomebody,else\n", "secret", in: scratch.root)
            link = scratch.root + "/link"
            file = try scratch.write(Self.text, "file", in: scratch.root)
            sha256 = try FileHash.sha256(path: file)
        }

        @Sendable func run() {
            while !isDone.load(ordering: .acquiring) {
                _ = unsafe symlink(secret, link)
                _ = unsafe rename(link, path)
                try? Data(Self.text.utf8).write(to: URL(filePath: file))
                _ = unsafe rename(file, path)
            }
            end.signal()
        }

        func stop() {
            isDone.store(true, ordering: .releasing)
            end.wait()
        }
    }

    // MARK: Other names

    /// Catches a file that is changed through its other name after it was read.
    @Test func aFileWithAnotherNameIsCopied() throws {
        try scratch.write("one", "other", in: scratch.root)
        try #require(unsafe link(scratch.root + "/other", path) == 0)
        let claimed = try #require(try claim(try look()).claimed.first)
        try Data("two".utf8).write(to: URL(filePath: scratch.root + "/other"))
        #expect(try text(claimed.path) == "one")
        #expect(try scratch.files.status(of: Array("1".utf8), in: scratch.layout.work).links == 1)
        #expect(try scratch.names("work") == ["1"])
        #expect(try scratch.names("incoming/shop").isEmpty)
    }

    @Test func aLargeFileWithAnotherNameIsCopiedWhole() throws {
        let bytes = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        try bytes.write(to: URL(filePath: scratch.root + "/other"))
        try #require(unsafe link(scratch.root + "/other", path) == 0)
        let claimed = try #require(try claim(try look()).claimed.first)
        #expect(try Data(contentsOf: URL(filePath: claimed.path)) == bytes)
    }

    /// The end came between the rename and the copy.
    @Test func aCopyCutShortIsMadeAtStart() throws {
        try scratch.write("one")
        let claimed = try #require(try claim(try look()).claimed.first)
        try #require(unsafe link(claimed.path, scratch.root + "/other") == 0)
        let report = try SpoolRecovery(layout: scratch.layout, files: scratch.files).run(
            sources: [scratch.source()], store: store, now: now)
        #expect(report.toResume.map(\.fileID) == [1])
        #expect(try scratch.files.status(of: Array("1".utf8), in: scratch.layout.work).links == 1)
    }

    // MARK: Replaced

    @Test func aFileThatGrewAfterItWasSeenIsGivenBack() throws {
        try scratch.write("one")
        let ready = try look()
        try scratch.write("one and more")
        let result = try claim(ready)
        #expect(result.claimed.isEmpty && result.released == [name])
        #expect(try row()?.state == .released)
        #expect(try text(path) == "one and more")
        #expect(try scratch.names("work").isEmpty)
        #expect(try claim(try look()).claimed.count == 1)
    }

    @Test func aFileThatWasReplacedAfterItWasSeenIsGivenBack() throws {
        try scratch.write("one")
        let ready = try look()
        try scratch.write("two", "y", in: scratch.root)
        try #require(unsafe rename(scratch.root + "/y", path) == 0)
        #expect(try claim(ready).released == [name])
        #expect(try text(path) == "two")
    }

    @Test(arguments: ["link", "FIFO", "directory"])
    func whatTookTheFilesPlaceIsGivenBackUnopened(kind: String) throws {
        try scratch.write("one")
        let ready = try look()
        try FileManager.default.removeItem(atPath: path)
        switch kind {
        case "link": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd")
        case "FIFO": try #require(unsafe mkfifo(path, 0o600) == 0)
        default: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        let result = try claim(ready)
        #expect(result.released == [name] && result.claimed.isEmpty)
        #expect(try scratch.names("work").isEmpty)
        var scanner = Scanner(source: scratch.source())
        #expect(try scanner.scan(files: scratch.files, policy: .atOnce, now: now).refused.count == 1)
    }

    /// Files are known by content; a number used again says nothing.
    @Test func anInodeUsedAgainIsAnotherFile() throws {
        var inodes: Set<UInt64> = []
        for round in 0..<20 {
            try scratch.write("round \(round)")
            let ready = try look()
            inodes.insert(try #require(ready.first).stamp.inode)
            let claimed = try #require(try claim(ready).claimed.first)
            #expect(try text(claimed.path) == "round \(round)")
            try FileManager.default.removeItem(atPath: claimed.path)
        }
        #expect(!inodes.isEmpty)
    }

    @Test func aClaimCutShortIsNotCarriedOutOnAFileThatGrew() throws {
        try scratch.write("x")
        let stamp = try #require(try look().first).stamp
        _ = try store.write { transaction in
            try transaction.insertFile(
                NewFile(
                    source: "shop", name: name, device: stamp.device, inode: stamp.inode, size: stamp.size,
                    modifiedAt: Instant(microseconds: stamp.modifiedNanoseconds / 1000), seenAt: now, claimedAt: now,
                    storedPath: "work"))
        }
        let file = unsafe open(path, O_WRONLY | O_APPEND)
        try #require(unsafe write(file, "y", 1) == 1)
        close(file)
        let report = try SpoolRecovery(layout: scratch.layout, files: scratch.files).run(
            sources: [scratch.source()], store: store, now: now)
        #expect(report.vanished == [1])
        #expect(try scratch.names("incoming/shop") == ["x.csv"])
    }

    // MARK: Names

    static let oddNames: [[UInt8]] = [
        Array("new\nline.csv".utf8), Array("-rf".utf8), Array(" x ".utf8),
        [0xFF, 0xFE, 0x2E, 0x63], [UInt8](repeating: UInt8(ascii: "n"), count: 255), Array("caf\u{E9}.csv".utf8),
        Array("cafe\u{301}.csv".utf8), Array("%s%n.csv".utf8), Array("\u{1B}[31mred.csv".utf8),
        Array("a\"b'c`$(id).csv".utf8), Array("\u{202E}vsc.csv".utf8), Array("back\\slash.csv".utf8),
        Array("a\r.csv".utf8), Array("tab\t.csv".utf8), Array("*?[].csv".utf8),
    ]

    @Test func everyNameIsTakenAsItIsAndShownOnOneLine() throws {
        for odd in Self.oddNames {
            let path = Array((scratch.incoming + "/").utf8) + odd
            let file = unsafe path.withCBytes { unsafe open($0, O_WRONLY | O_CREAT | O_EXCL, 0o600) }
            try #require(file >= 0)
            close(file)
        }
        let claimed = try claim(try look()).claimed
        #expect(Set(claimed.map(\.name)) == Set(Self.oddNames))
        let rows = try store.write { try $0.files(in: [.claimed]) }
        #expect(Set(rows.map(\.nameBytes)) == Set(Self.oddNames))
        // Compared as bytes: the two ways to write an accent are two names.
        #expect(Set(rows.map { Array($0.name.utf8) }).count == Self.oddNames.count)
        for row in rows {
            #expect(row.name.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) })
            let archived = try #require(FileName.sanitised(row.nameBytes).utf8.first)
            #expect(archived != UInt8(ascii: "-") && archived != UInt8(ascii: "."))
        }
    }

    // MARK: Other file systems

    /// Renames work within a mount only.
    struct Elsewhere: SpoolFiles {
        let real = SystemSpoolFiles()
        func names(in directory: String) throws(IntakeError) -> [[UInt8]] { try real.names(in: directory) }
        func status(of name: [UInt8], in directory: String) throws(IntakeError) -> EntryStatus {
            try real.status(of: name, in: directory)
        }
        func move(_ name: [UInt8], from source: String, to newName: [UInt8], in target: String) throws(IntakeError) {
            throw IntakeError("rename", path: source, errorNumber: EXDEV)
        }
        func createDirectory(_ path: String, mode: UInt32) throws(IntakeError) {
            try real.createDirectory(path, mode: mode)
        }
        func sync(directory: String) throws(IntakeError) { try real.sync(directory: directory) }
        func write(_ bytes: [UInt8], to name: String, in directory: String) throws(IntakeError) {}
        func remove(_ name: [UInt8], in directory: String) throws(IntakeError) {}
        func device(of directory: String) throws(IntakeError) -> UInt64 { try real.device(of: directory) }
    }

    /// One device number, two mounts: only a rename tells.
    @Test func directoriesOnDifferentMountsAreRefusedAtStart() throws {
        let error = #expect(throws: IntakeError.self) {
            try scratch.layout.prepare(sources: [scratch.source()], files: Elsewhere())
        }
        #expect(error?.kind == .otherFileSystem)
    }

    @Test func aFileOnAnotherMountStaysWhereItIs() throws {
        try scratch.write("x")
        let result = try claim(try look(), files: Elsewhere())
        #expect(result.refused.map(\.error.kind) == [.otherFileSystem])
        #expect(try scratch.names("incoming/shop") == ["x.csv"])
    }
}

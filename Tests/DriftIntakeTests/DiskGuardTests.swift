import Testing

@testable import DriftIntake

/// How much room is wanted before a file is begun with.
@Suite struct DiskGuardTests {
    static let mebibyte: Int64 = 1 << 20

    func needed(_ bytes: Int64, of total: Int64) -> Int64 {
        DiskGuard.bytesNeeded(forFilesOf: bytes, totalBytes: total)
    }

    @Test func aReserveIsKeptWhateverIsTaken() {
        #expect(needed(0, of: 1 << 40) == 64 * Self.mebibyte)
        #expect(needed(21 * Self.mebibyte, of: 1 << 40) == 64 * Self.mebibyte)
    }

    @Test func aLargeFileWantsThreeTimesItsSize() {
        #expect(needed(100 * Self.mebibyte, of: 1 << 40) == 300 * Self.mebibyte)
    }

    @Test func ofASmallDiskASixteenthIsKept() {
        #expect(needed(0, of: 2 * Self.mebibyte) == 128 << 10)
        #expect(needed(0, of: 1 << 30) == 64 * Self.mebibyte)
    }

    /// Catches a file that waits for ever because no disk of this size could hold what is asked for it.
    @Test func neverMoreThanHalfOfTheDiskIsWanted() {
        #expect(needed(900 * Self.mebibyte, of: 1 << 30) == 1 << 29)
        #expect(needed(.max, of: 1 << 30) == 1 << 29)
        #expect(needed(.max, of: 0) == 0)
    }

    @Test func theFirstDiskThatIsShortIsNamed() throws {
        let files = Rooms(free: ["/spool": 70 * Self.mebibyte, "/state": 63 * Self.mebibyte])
        let found = try files.shortage(forFilesOf: 10, in: ["/spool", "/state"])
        #expect(
            found
                == DiskShortage(
                    directory: "/state", freeBytes: 63 * Self.mebibyte, neededBytes: 64 * Self.mebibyte))
        #expect(try files.shortage(forFilesOf: 10, in: ["/spool"]) == nil)
        #expect(try files.shortage(forFilesOf: 30 * Self.mebibyte, in: ["/spool"])?.directory == "/spool")
    }

    @Test func theRealDiskHasRoomAndASize() throws {
        let space = try SystemSpoolFiles().space(of: "/tmp")
        #expect(space.freeBytes >= 0 && space.freeBytes <= space.totalBytes && space.totalBytes > 0)
        let error = #expect(throws: IntakeError.self) { try SystemSpoolFiles().space(of: "/nowhere/at/all") }
        #expect(error?.kind == .vanished)
    }

    /// Terabytes in all, and so much free.
    struct Rooms: SpoolFiles {
        var free: [String: Int64]
        private let real = SystemSpoolFiles()

        init(free: [String: Int64]) { self.free = free }

        func space(of directory: String) throws(IntakeError) -> DiskSpace {
            DiskSpace(freeBytes: free[directory] ?? 0, totalBytes: 1 << 40)
        }
        func names(in directory: String) throws(IntakeError) -> [[UInt8]] { try real.names(in: directory) }
        func status(of name: [UInt8], in directory: String) throws(IntakeError) -> EntryStatus {
            try real.status(of: name, in: directory)
        }
        func move(_ name: [UInt8], from source: String, to newName: [UInt8], in target: String) throws(IntakeError) {
            try real.move(name, from: source, to: newName, in: target)
        }
        func createDirectory(_ path: String, mode: UInt32) throws(IntakeError) {
            try real.createDirectory(path, mode: mode)
        }
        func sync(directory: String) throws(IntakeError) { try real.sync(directory: directory) }
        func write(_ bytes: [UInt8], to name: String, in directory: String) throws(IntakeError) {
            try real.write(bytes, to: name, in: directory)
        }
        func remove(_ name: [UInt8], in directory: String) throws(IntakeError) {
            try real.remove(name, in: directory)
        }
        func device(of directory: String) throws(IntakeError) -> UInt64 { try real.device(of: directory) }
    }
}

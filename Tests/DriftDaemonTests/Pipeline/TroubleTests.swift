import DriftIntake
import DriftStore
import Testing

@testable import DriftDaemon

/// Which errors the daemon sits out, and what scripts are told about the same errors.
@Suite struct TroubleTests {
    static let full = StoreError.sqlite(code: 13, message: "database or disk is full", sql: nil)
    static let busy = StoreError.sqlite(code: 5, message: "database is locked", sql: nil)
    static let failed = StoreError.sqlite(code: 10, message: "disk I/O error", sql: nil)

    @Test func aFullDiskAndALockedDatabaseAreSatOut() {
        #expect(Trouble(Self.full)?.description == "disk full")
        #expect(Trouble(Self.busy)?.description == "database locked by another program")
        #expect(Trouble(IntakeError(.full, "mkdir", path: "/spool/archive"))?.description == "disk full")
        #expect(Trouble(IntakeError(.forbidden, "rename", path: "/spool/work/1")) != nil)
    }

    /// After a failed write to the disk nothing is known to be safe, and waiting does not mend a damaged database.
    @Test func whatWaitingDoesNotMendEndsTheDaemon() {
        #expect(Trouble(Self.failed) == nil)
        #expect(Trouble(StoreError.damaged(path: "db", findings: [])) == nil)
        #expect(Trouble(StoreError.replaced(path: "db")) == nil)
        #expect(Trouble(IntakeError(.otherFileSystem, "rename", path: "/spool")) == nil)
    }

    @Test func pausesGrowToAMinute() {
        #expect((0..<9).map(Trouble.pauseSeconds) == [1, 2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test func aSingleRunSaysTheSameWithItsExitCode() {
        #expect(DaemonError.explaining(Self.full)?.exitCode == 1)
        #expect(DaemonError.explaining(Self.busy)?.exitCode == 75)
        #expect(DaemonError.explaining(IntakeError(.otherFileSystem, "rename", path: "/spool"))?.exitCode == 78)
        #expect(DaemonError.explaining(IntakeError(.forbidden, "rename", path: "/spool"))?.exitCode == 73)
        #expect(DaemonError.explaining(Self.failed) == nil)
    }
}

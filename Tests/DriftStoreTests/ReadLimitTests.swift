import DriftStore
import Testing

/// A reader keeps the log from being used again: it may do so while that costs little (fault 22).
@Suite struct ReadLimitTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A question that takes as long as it is allowed to.
    private static func counting(to limit: String) -> String {
        "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n \(limit)) SELECT count(*) FROM n"
    }

    @Test func aReadThatDoesNotEndIsEndedWhenTheLogIsLong() throws {
        let store = try scratch.store()
        _ = try store.activateHand()
        let reader = try StoreReader.open(path: scratch.database, limit: ReadLimit(seconds: 0, logBytesMax: 1))
        #expect(throws: StoreError.readTooLong(path: scratch.database)) { try reader.query(Self.counting(to: "")) }
        // The next question is one of its own.
        #expect(try reader.query("SELECT 1").rows == [[.integer(1)]])
        try reader.close()
        try store.close()
    }

    @Test func aReadMayTakeLongWhileTheLogIsShort() throws {
        let store = try scratch.store()
        try store.checkpoint(idle: true)
        let reader = try StoreReader.open(path: scratch.database, limit: ReadLimit(seconds: 0, logBytesMax: 1))
        #expect(try reader.query(Self.counting(to: "LIMIT 100000")).rows == [[.integer(100_000)]])
        try reader.close()
        try store.close()
    }
}

import DriftDaemon
import DriftModel
import Foundation
import Testing

/// Logical time under a wall clock that is stepped by hand.
@Suite struct ClockTests {
    static func world(at wall: Instant) -> World {
        var world = World.real(environment: [:])
        world.now = { wall }
        return world
    }

    static let start = Instant(seconds: 1_767_225_600)
    static func day(_ days: Int64) -> Instant { start.advanced(bySeconds: days * 86_400) }

    func place() throws -> Workplace {
        let place = try Workplace(
            model: CrashTests.model, settings: "wall_lag: 0s", sources: IntakeTroubleTests.source)
        try place.drop("1.csv", CrashTests.day("2025-12-31", ["a,purchase,DAY 10:00:00,1,20"]))
        return place
    }

    @discardableResult
    func run(_ place: Workplace, _ wall: Instant, acceptClock: Bool = false) async throws -> Instant? {
        let options = RunOptions(configPath: place.configPath, once: true, acceptClock: acceptClock)
        return try await DaemonRunner.run(options, world: Self.world(at: wall)).logicalTime
    }

    @Test func logicalTimeFollowsTheWallClock() async throws {
        let place = try place()
        #expect(try await run(place, Self.day(1)) == Self.day(1))
        #expect(try await run(place, Self.day(9)) == Self.day(9))
        #expect(try await run(place, Self.day(5)) == Self.day(9))
    }

    /// Catches a clock that is believed at the second start because the first one committed something by it.
    @Test func afterALongAbsenceTimeStandsStillUntilSomebodyVouchesForTheClock() async throws {
        let place = try place()
        #expect(try await run(place, Self.day(1)) == Self.day(1))
        #expect(try await run(place, Self.day(70)) == Self.day(1))
        try place.drop("2.csv", CrashTests.day("2026-01-03", ["b,purchase,DAY 10:00:00,2,20"]))
        #expect(try await run(place, Self.day(70)) == Self.day(1))
        #expect(try DatabaseContent.rows(place.databasePath, of: "customers").count == 2)
        #expect(try await run(place, Self.day(71)) == Self.day(1))
        #expect(try await run(place, Self.day(71), acceptClock: true) == Self.day(71))
        #expect(try await run(place, Self.day(72)) == Self.day(72))
        #expect(try DatabaseContent.brokenInvariants(place.databasePath).isEmpty)
    }

    /// Walking day by day and in one go record the same moves.
    @Test func stepsOfTimeDoNotChangeHistory() async throws {
        let (steps, jump) = (try place(), try place())
        for days in 1...50 { try await run(steps, Self.day(Int64(days))) }
        try await run(jump, Self.day(50))
        let differences = try DatabaseContent.differences(
            steps.databasePath, jump.databasePath, besides: ["alerts"])
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        #expect(try DatabaseContent.rows(jump.databasePath, of: "transitions").count == 2)
    }
}

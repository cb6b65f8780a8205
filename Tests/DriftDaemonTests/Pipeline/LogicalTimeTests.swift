import DriftDaemon
import DriftModel
import Testing

@Suite struct LogicalTimeTests {
    static func at(_ seconds: Int64) -> Instant { Instant(seconds: seconds) }

    @Test func itFollowsTheWallWhenNothingWaits() {
        let next = LogicalTime.next(
            current: Self.at(10), wall: .at(Self.at(50)), latestAccepted: nil, firstWaiting: nil)
        #expect(next == Self.at(50))
    }

    @Test func itStopsAtTheFirstEventThatWaits() {
        let next = LogicalTime.next(
            current: Self.at(10), wall: .at(Self.at(50)), latestAccepted: nil, firstWaiting: Self.at(20))
        #expect(next == Self.at(20))
    }

    @Test func itNeverRunsBackwards() {
        let next = LogicalTime.next(
            current: Self.at(30), wall: .at(Self.at(50)), latestAccepted: nil, firstWaiting: Self.at(20))
        #expect(next == Self.at(30))
    }

    @Test func withoutAWallLagItIsTheLatestAcceptedEvent() {
        let next = LogicalTime.next(
            current: nil, wall: .latestEvent, latestAccepted: Self.at(70), firstWaiting: nil)
        #expect(next == Self.at(70))
        #expect(
            LogicalTime.next(current: nil, wall: .latestEvent, latestAccepted: nil, firstWaiting: Self.at(1)) == nil)
    }

    @Test func aPausedClockHoldsIt() {
        let next = LogicalTime.next(
            current: Self.at(30), wall: .paused, latestAccepted: Self.at(70), firstWaiting: Self.at(60))
        #expect(next == Self.at(30))
    }
}

@Suite struct ClockGuardTests {
    @Test func aStepOfMoreThanAnHourIsDoubted() {
        var guarded = ClockGuard(wall: Instant(seconds: 1_000), bootSeconds: 10, lastCommit: nil)
        guarded.observe(wall: Instant(seconds: 1_060), bootSeconds: 70)
        #expect(guarded.doubt == nil)
        guarded.observe(wall: Instant(seconds: 4_661), bootSeconds: 70)
        #expect(guarded.doubt == .stepped(bySeconds: 3_601))
    }

    @Test func anHourToTheSecondIsNotDoubted() {
        var guarded = ClockGuard(wall: Instant(seconds: 0), bootSeconds: 0, lastCommit: nil)
        guarded.observe(wall: Instant(seconds: -3_600), bootSeconds: 0)
        #expect(guarded.doubt == nil)
    }

    @Test func aStartMoreThanSixtyDaysAfterTheLastCommitIsDoubted() {
        let day: Int64 = 86_400
        let commit = Instant(seconds: 0)
        #expect(ClockGuard(wall: Instant(seconds: 60 * day), bootSeconds: 0, lastCommit: commit).doubt == nil)
        #expect(
            ClockGuard(wall: Instant(seconds: 61 * day), bootSeconds: 0, lastCommit: commit).doubt
                == .longAbsence(days: 61))
    }

    @Test func acceptingTheClockEndsTheDoubt() {
        var guarded = ClockGuard(wall: Instant(seconds: 0), bootSeconds: 0, lastCommit: nil)
        guarded.observe(wall: Instant(seconds: 9_000), bootSeconds: 0)
        guarded.accept()
        #expect(guarded.doubt == nil)
    }
}

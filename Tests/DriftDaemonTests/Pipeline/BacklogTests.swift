import Testing

@testable import DriftDaemon

/// What the status line says while many files wait.
@Suite struct BacklogTests {
    @Test func itSaysHowManyWaitAndWhenTheyMayBeDone() {
        var backlog = Backlog()
        backlog.begin(at: 100, finished: 7)
        #expect(backlog.line(at: 104, finished: 500) { 1 } == nil)
        let line = backlog.line(at: 110, finished: 1_007) { 99_000 }
        #expect(line == "backlog: 99000 files wait, 1000 done in 10 s, about 16 min left")
    }

    @Test func itIsNotSaidAgainAtOnce() {
        var backlog = Backlog()
        backlog.begin(at: 0, finished: 0)
        #expect(backlog.line(at: 5, finished: 0) { 3 } == "backlog: 3 files wait")
        #expect(backlog.line(at: 9, finished: 0) { 3 } == nil)
        #expect(backlog.line(at: 10, finished: 0) { 3 } != nil)
    }
}

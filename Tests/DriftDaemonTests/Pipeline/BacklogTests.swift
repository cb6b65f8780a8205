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

    @Test func whileFilesAreReadItSaysHowManyAreLeft() {
        var backlog = Backlog()
        #expect(backlog.readingLine(at: 100, claimed: 1_000, left: 99_000) == nil)
        #expect(backlog.readingLine(at: 103, claimed: 1_000, left: 98_000) == nil)
        let line = backlog.readingLine(at: 110, claimed: 1_000, left: 97_000)
        #expect(line == "backlog: 98000 files to be read, 2000 read in 10 s, about 8 min left")
        // The next look begins anew.
        #expect(backlog.readingLine(at: 120, claimed: 1_000, left: 0) != nil)
        #expect(backlog.readingLine(at: 200, claimed: 10, left: 0) == nil)
    }
}

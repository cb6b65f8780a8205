/// How far the work has come with files that wait, for the status line: said while it takes longer than a moment.
struct Backlog {
    private var begun: (at: Int64, finished: Int)?
    private var saidAt: Int64 = .min
    /// Of files that are read for the first time: since when, and how many are done.
    private var reading: (since: Int64, done: Int)?
    /// Time between two lines (seconds).
    private static let everySeconds: Int64 = 5

    /// A new turn begins.
    mutating func begin(at seconds: Int64, finished: Int) {
        begun = (seconds, finished)
        saidAt = seconds
    }

    /// - Parameters:
    ///   - seconds: Since boot.
    ///   - finished: Files finished since the start of the process.
    ///   - waiting: Files that wait; asked only when there is something to say.
    /// - Returns: nil when it is too early for another line.
    mutating func line(
        at seconds: Int64, finished: Int, waiting: () throws -> Int64
    ) rethrows -> String? {
        guard let begun, seconds >= saidAt + Self.everySeconds else { return nil }
        saidAt = seconds
        let waiting = try waiting()
        let done = finished - begun.finished
        let spent = max(1, seconds - begun.at)
        guard done > 0 else { return "backlog: \(waiting) files wait" }
        let left = waiting * spent / Int64(done)
        return "backlog: \(waiting) files wait, \(done) done in \(Self.text(spent)), about \(Self.text(left)) left"
    }

    /// More files were claimed, and are read next.
    /// - Parameter left: So many more are ready.
    /// - Returns: nil when it is too early for another line.
    mutating func readingLine(at seconds: Int64, claimed: Int, left: Int) -> String? {
        let (since, done) = reading ?? (seconds, 0)
        reading = left == 0 ? nil : (since, done + claimed)
        if done == 0 { saidAt = max(saidAt, seconds) }
        guard done > 0, seconds >= saidAt + Self.everySeconds else { return nil }
        saidAt = seconds
        let spent = max(1, seconds - since)
        let rest = Int64(claimed + left) * spent / Int64(done)
        return
            "backlog: \(claimed + left) files to be read, \(done) read in \(Self.text(spent)), about \(Self.text(rest)) left"
    }

    private static func text(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        default: "\(seconds / 3_600) h"
        }
    }
}

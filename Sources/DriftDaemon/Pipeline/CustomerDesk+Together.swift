import Dispatch

extension CustomerDesk {
    /// Fewer pieces of work are not worth a second thread.
    private static var piecesPerThreadMin: Int { 1_024 }

    /// Has the workplaces work at the same time, each on a run of pieces, the runs in the workplaces' order.
    /// - Parameters:
    ///   - count: How many pieces there are.
    ///   - endOfRun: Moves the end of a run on to where pieces may be parted.
    ///   - body: Gets the thread's number and its run.
    /// - Throws: What the first of them throws.
    func runTogether(
        _ count: Int, endOfRun: (Int) -> Int = { $0 },
        _ body: @Sendable (Int, Range<Int>, inout Workplace) throws -> Void
    ) throws {
        let threads = max(1, min(keepers.count, count / Self.piecesPerThreadMin))
        var runs: [Range<Int>] = []
        for thread in 1...threads {
            let start = runs.last?.upperBound ?? 0
            runs.append(start..<max(start, thread == threads ? count : endOfRun(count * thread / threads)))
        }
        let (parts, keepers) = (runs, keepers)
        for keeper in keepers { keeper.failure = nil }
        if threads == 1 {
            keepers[0].with { try body(0, parts[0], &$0) }
        } else {
            DispatchQueue.concurrentPerform(iterations: threads) { thread in
                keepers[thread].with { try body(thread, parts[thread], &$0) }
            }
        }
        for keeper in keepers {
            if let failure = keeper.failure { throw failure }
        }
    }
}

import Dispatch

extension CustomerDesk {
    /// Fewer pieces of work are not worth a second thread.
    private static var piecesPerThreadMin: Int { 1_024 }

    /// Sizes of the runs among which so many threads share work: a long one for each, then short ones for whoever is done
    /// first. With long ones alone a thread in whose way others are (there is one that writes, and one that reads) would
    /// be waited for.
    static func shares(ofThreads threads: Int) -> [Int] {
        threads == 1 ? [1] : Array(repeating: 5, count: threads) + Array(repeating: 1, count: threads + 1)
    }

    /// Has threads work at the same time, each workplace on a run of pieces, the runs in the workplaces' order.
    /// - Parameters:
    ///   - count: How many pieces there are.
    ///   - endOfRun: Moves the end of a run on to where pieces may be parted.
    ///   - body: Gets the number of a run, and its pieces.
    /// - Throws: What the first of them throws.
    func runTogether(
        _ count: Int, endOfRun: (Int) -> Int = { $0 },
        _ body: @Sendable (Int, Range<Int>, inout Workplace) throws -> Void
    ) throws {
        let runs = runs(of: count, endOfRun)
        let keepers = keepers
        for keeper in keepers { keeper.failure = nil }
        if runs.count == 1 {
            keepers[0].with { try body(0, runs[0], &$0) }
        } else {
            DispatchQueue.concurrentPerform(iterations: runs.count) { run in
                keepers[run].with { try body(run, runs[run], &$0) }
            }
        }
        for keeper in keepers {
            if let failure = keeper.failure { throw failure }
        }
    }

    private func runs(of count: Int, _ endOfRun: (Int) -> Int) -> [Range<Int>] {
        let shares = Self.shares(ofThreads: max(1, min(threads, count / Self.piecesPerThreadMin)))
        let total = shares.reduce(0, +)
        var runs: [Range<Int>] = []
        var share = 0
        for number in shares.indices {
            share += shares[number]
            let start = runs.last?.upperBound ?? 0
            runs.append(start..<max(start, share == total ? count : endOfRun(count * share / total)))
        }
        return runs
    }
}

import DriftEngine
import DriftModel
import Testing

@testable import DriftAlerts

/// Moves counted where they are made, against a planner that sees all of them: the same alerts and digests.
@Suite struct QuietMovesTests {
    private let now = Instant(seconds: 1_300_000_000)

    private func plan(
        _ outcome: Outcome, _ quiet: QuietMoves?, _ history: HistoryRule, _ planner: AlertPlanner, _ moves: Moves
    ) throws -> (ledger: MemoryLedger, counts: AlertCounts) {
        let ledger = MemoryLedger()
        var counts = try planner.plan(
            outcome, quiet: quiet, history: history, now: now, ledger: ledger, source: { _ in "shop" },
            name: { "C-\($0)" }, customer: { moves.context($0) })
        counts += try planner.closeHistory(now: now, ledger: ledger)
        return (ledger, counts)
    }

    private static func moves(_ random: inout SeededGenerator) -> Moves {
        var moves = Moves()
        let segments: [Int32?] = [nil, RetailModel.loyal, RetailModel.atRisk]
        for customer in 1...60 {
            var at: Int32?
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let to = segments[Int.random(in: 0..<segments.count, using: &random)]
                let cause = [Cause.time, .event, .late, .model][Int.random(in: 0..<4, using: &random)]
                moves.move(
                    Int64(customer), from: at, to: to, day: Int64.random(in: 14_000...15_060, using: &random),
                    cause: cause, spend: Double(Int.random(in: 0..<1_000, using: &random)))
                at = to
            }
        }
        return moves
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func nobodyNoticesThatQuietMovesAreMissing(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let moves = Self.moves(&random)
        for rules in [[RetailModel.rule()], []] {
            let model = RetailModel.model(alerts: rules)
            let planner = try RetailModel.planner(model.alerts)
            let all = moves.outcome(for: model)
            for history in [HistoryRule.onlyActivation, .everything, .olderThanAlertAge(before: now)] {
                var left = Outcome()
                var first = planner.quietMoves(history)
                var second = planner.quietMoves(history)
                var taken = 0
                var start = 0
                while start < all.transitions.count {
                    let end = all.endOfRun(from: start)
                    let mark = left.mark
                    left.append(all.part(start..<end))
                    let isTaken =
                        start % 2 == 0
                        ? first.take(left, from: mark.firstMove) : second.take(left, from: mark.firstMove)
                    if isTaken {
                        left.removeMoves(since: mark)
                        taken += end - start
                    }
                    start = end
                }
                first.append(second)
                #expect(left.transitions.count + taken == all.transitions.count, "seed \(seed)")
                #expect(taken > 0, "seed \(seed)")
                #expect(rules.isEmpty || !left.transitions.isEmpty, "seed \(seed)")
                let expected = try plan(all, nil, history, planner, moves)
                let found = try plan(left, first, history, planner, moves)
                #expect(found.counts == expected.counts, "seed \(seed), \(history)")
                #expect(found.ledger.alerts == expected.ledger.alerts, "seed \(seed), \(history)")
                #expect(found.ledger.deliveries == expected.ledger.deliveries, "seed \(seed), \(history)")
            }
        }
    }

    @Test func aRuleWithADwellSeesAllMovesOfItsSegmentation() throws {
        let planner = try RetailModel.planner([RetailModel.rule(dwellSeconds: 86_400)])
        var moves = Moves()
        moves.move(1, from: RetailModel.atRisk, to: RetailModel.loyal, day: 15_000)
        var quiet = planner.quietMoves(.everything)
        let isTaken = quiet.take(moves.outcome, from: 0)
        #expect(!isTaken)
        #expect(quiet.isEmpty)
    }
}

extension Outcome {
    /// Some of the moves with all that belongs to them.
    fileprivate func part(_ range: Range<Int>) -> Outcome {
        var part = Outcome()
        for var transition in transitions[range] {
            let inputs = part.inputFeatures.count
            part.inputFeatures += inputFeatures[transition.inputs]
            part.before += before[transition.inputs]
            part.after += after[transition.inputs]
            let flips = part.flips.count
            part.flips += self.flips[transition.flips]
            let rules = part.alertRules.count
            part.alertRules += alertRules[transition.alertRules]
            transition.inputs = inputs..<part.inputFeatures.count
            transition.flips = flips..<part.flips.count
            transition.alertRules = rules..<part.alertRules.count
            part.transitions.append(transition)
        }
        return part
    }
}

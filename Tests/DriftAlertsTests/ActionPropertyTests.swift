import DriftEngine
import DriftModel
import Foundation
import Testing

@testable import DriftAlerts

/// Plans and differences of random models against ``PlaybookOracle``. Catches a wrong winner, an action told twice
/// or not at all, and a difference that does not lead from the plan before to the plan after.
@Suite struct ActionPropertyTests {
    static let seeds: ClosedRange<UInt64> =
        1...(ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] == nil ? 400 : 20_000)

    @Test func aPlanIsWhatAskingEverybodyInTurnGives() {
        for seed in Self.seeds {
            var random = SeededGenerator(seed: seed)
            let model = RandomPlaybooks.model(&random)
            let segments = RandomPlaybooks.segments(model, &random)
            let plan = ActionPlan(model: model, segments: segments)
            let wishes = ActionArea.allCases.map { PlaybookOracle.wishes(model, segments, $0) }
            #expect(plan.actions == wishes.compactMap(\.first), "seed \(seed)")
            let conflicts = wishes.flatMap { wish in
                wish.dropFirst().filter { $0.action != wish[0].action }.map { ActionConflict(kept: wish[0], left: $0) }
            }
            #expect(Set(plan.conflicts) == Set(conflicts), "seed \(seed)")
            #expect(plan.conflicts.count == conflicts.count, "seed \(seed)")
        }
    }

    @Test func theDifferencesOfARunOfMovesLeadFromOnePlanToTheOther() {
        for seed in Self.seeds {
            var random = SeededGenerator(seed: seed)
            let model = RandomPlaybooks.model(&random)
            let before = RandomPlaybooks.segments(model, &random)
            var current = before
            var outcome = Outcome()
            for number in 0..<random.int(1...6) {
                let segmentation = random.int(0...model.segmentations.count - 1)
                let to = RandomPlaybooks.segments(model, &random)[segmentation]
                guard to != current[segmentation] else { continue }
                outcome.transitions.append(
                    Transition(
                        customer: 1, segmentation: Int32(segmentation), seq: Int32(number + 1),
                        from: current[segmentation], to: to, effectiveAt: Instant(seconds: Int64(number)),
                        cause: .event, record: nil, inputs: 0..<0, flips: 0..<0))
                current[segmentation] = to
            }
            let builder = FactsBuilder(
                model: model, axis: TimeAxis(zone: .utc, grain: .day), comparisons: [])
            let context = CustomerContext(
                name: "C", placements: current.map { Placement(segment: $0, seq: 0, since: nil, next: nil) })
            var plan = PlaybookOracle.texts(model, before)
            for (index, transition) in outcome.transitions.enumerated() {
                let facts = builder.facts(
                    of: index, in: outcome, later: Array(index + 1..<outcome.transitions.count), context: context,
                    source: nil)
                Self.check(
                    facts.actions, of: Move(transition, model: model), model, &plan, "seed \(seed), move \(index)")
            }
            #expect(plan == PlaybookOracle.texts(model, current), "seed \(seed)")
        }
    }

    /// Applies a difference to the plan before it, and holds each part to what it claims.
    private static func check(
        _ difference: ActionDifference, of move: Move, _ model: Model, _ plan: inout [String: String],
        _ comment: String
    ) {
        let told = difference.start.map { "\($0.area): \($0.action)" }
        #expect(Set(told).count == told.count, "told twice: \(comment)")
        let extras = PlaybookOracle.extras(
            model, segmentation: move.segmentation, from: move.from, to: move.to, direction: move.direction)
        #expect(Array(told.prefix(extras.count)) == extras, "\(comment)")
        #expect(difference.start.prefix(extras.count).allSatisfy { $0.playbook == nil }, "\(comment)")
        for stop in difference.stop { #expect(plan.removeValue(forKey: stop.area) == stop.action, "\(comment)") }
        for change in difference.change {
            #expect(plan[change.area] == change.from && change.from != change.to, "\(comment)")
            plan[change.area] = change.to
        }
        for start in difference.start.dropFirst(extras.count) {
            #expect(plan.updateValue(start.action, forKey: start.area) == nil, "\(comment)")
        }
    }

    @Test func everyConflictOfEveryCustomerIsInTheMatrixAndCounted() {
        for seed in Self.seeds {
            var random = SeededGenerator(seed: seed)
            let model = RandomPlaybooks.model(&random)
            let matrix = PlaybookMatrix(model: model)
            var combinations: [(segments: [Int32?], customers: Int64)] = []
            for _ in 0..<5 {
                combinations.append((RandomPlaybooks.segments(model, &random), Int64(random.int(1...9))))
            }
            let counts = matrix.customers(meeting: model, in: combinations)
            for (segments, _) in combinations {
                for conflict in ActionPlan(model: model, segments: segments).conflicts {
                    // The same words of a second playbook of the same segment are one clash.
                    let isTold = matrix.clashes.contains {
                        $0.conflict.kept == conflict.kept && $0.conflict.left.action == conflict.left.action
                            && $0.conflict.left.segmentation == conflict.left.segmentation
                    }
                    #expect(isTold, "seed \(seed): \(conflict)")
                }
            }
            let total = combinations.reduce(0) { $0 + $1.customers }
            #expect(counts.allSatisfy { $0 <= total }, "seed \(seed)")
            let everyArea = Set(
                combinations.flatMap { PlaybookOracle.texts(model, $0.segments).keys })
            #expect(everyArea.isDisjoint(with: matrix.emptyAreas.map(\.rawValue)), "seed \(seed)")
        }
    }

    @Test func theMatrixOfTheShopNamesItsConflictsAndGaps() {
        let matrix = PlaybookMatrix(model: RetailModel.model())
        #expect(matrix.columns.count == 7)
        #expect(
            matrix.clashes.map { "\($0.conflict.left.action) < \($0.conflict.kept.action)" } == [
                "Home delivery < Next day at no charge", "Pallet or pick-up point < Next day at no charge",
            ])
        #expect(
            matrix.emptyAreas.map(\.rawValue) == [
                "product.specification", "marketing.sales_material", "sales.outlets", "service.product_support",
            ])
        #expect(matrix.idleSegments == [])
        #expect(matrix.unusedPlaybooks == [])
        let counts = matrix.customers(
            meeting: RetailModel.model(),
            in: [
                ([RetailModel.champions, RetailModel.domestic], 5), ([RetailModel.champions, nil], 7),
                ([RetailModel.lost, RetailModel.domestic], 11),
            ])
        #expect(counts == [5, 0])
    }
}

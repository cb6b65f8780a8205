import DriftEngine
import DriftModel
import DriftStore
import Testing

@testable import DriftAlerts

@Suite struct SentenceTests {
    private func facts(
        reasons: [TransitionFacts.ReasonPart] = [
            .init(subject: "recency", before: .number(60), after: .number(61), limit: "60", text: "recency <= 60")
        ], returnsWith: String? = nil, actions: ActionDifference = .none, from: String? = "loyal",
        direction: String? = "down"
    ) -> TransitionFacts {
        TransitionFacts(
            customerID: 1, customer: "C-1042", segmentation: "value", seq: 3, from: from, to: "at_risk",
            direction: direction, cause: "time", effectiveAt: 0, source: nil, inputs: [], reasons: reasons,
            actions: actions, nextChangeAt: nil, returnsWith: returnsWith, modelVersion: "v1", value: nil)
    }

    private func start(_ action: String) -> ActionDifference {
        ActionDifference(
            start: [.init(area: "sales.scripts", action: action, playbook: nil, segmentation: "value")], stop: [],
            change: [])
    }

    @Test func theWholeSentence() {
        let text = Sentence.text(
            facts(returnsWith: "one purchase", actions: start("Retention call within two days")), customer: "C-1042")
        #expect(
            text == "C-1042 loyal -> at_risk (value, down): recency 60 -> 61, limit 60 (time). "
                + "Start: retention call within two days. Would return with one purchase.")
    }

    @Test func nullIsToldAsNoSegment() {
        let text = Sentence.text(facts(reasons: [], from: nil, direction: nil), customer: "C-1042")
        #expect(text == "C-1042 (none) -> at_risk (value) (time).")
    }

    @Test func whoMayNotKnowTheCustomerIsNotTold() {
        #expect(Sentence.text(facts(reasons: []), customer: nil).hasPrefix("A customer loyal -> at_risk"))
    }

    @Test func limitsOfTheSameValueAreToldTogetherAndTheRestIsCounted() {
        let parts: [TransitionFacts.ReasonPart] = [
            .init(subject: "r", before: .number(4), after: .number(2), limit: "4", text: "r >= 4"),
            .init(subject: "r", before: .number(4), after: .number(2), limit: "3", text: "r >= 3"),
            .init(
                subject: "country", before: .null, after: .text("France"), limit: nil, text: "country IS NULL"),
            .init(subject: "a", before: .number(0.1), after: .number(0.25), limit: "0.2", text: "a <= 0.2"),
            .init(subject: "b", before: .boolean(true), after: .boolean(false), limit: "TRUE", text: "b = TRUE"),
        ]
        #expect(
            Sentence.reason(parts)
                == "r 4 -> 2, limits 4, 3; country none -> France, limit country IS NULL; "
                + "a 0.1 -> 0.25, limit 0.2; and 1 more")
    }

    @Test func acronymsKeepTheirCapitals() {
        let text = Sentence.text(facts(reasons: [], actions: start("VIP line")), customer: "C")
        #expect(text.hasSuffix("Start: VIP line."))
    }

    @Test func theFactsOfATransitionAreThoseOfItsMoment() throws {
        var moves = Moves()
        moves.move(7, from: RetailModel.champions, to: RetailModel.loyal, day: 15_000)
        moves.move(7, from: RetailModel.loyal, to: RetailModel.atRisk, day: 15_030)
        let first = try moves.facts(0)
        let last = try moves.facts(1)
        #expect(first.actions.stop.map(\.area) == ["product.pricing", "product.packaging"])
        #expect(first.nextChangeAt == nil)
        #expect(last.nextChangeAt == "2024-10-04")
        #expect(last.inputs.map(\.name) == ["recency", "spend"])
        #expect(last.value == 750)
    }

    /// A walk over several days has the moves of all customers day by day.
    @Test func theActionsOfAMoveAreItsOwnWhereOthersMoveInBetween() throws {
        var moves = Moves()
        moves.returnsWith = { _ in "one purchase" }
        moves.move(7, from: RetailModel.champions, to: RetailModel.loyal, day: 15_000)
        moves.move(8, from: RetailModel.champions, to: RetailModel.loyal, day: 15_000)
        moves.move(7, from: RetailModel.loyal, to: RetailModel.lost, day: 15_030)
        let ledger = MemoryLedger()
        try RetailModel.planner([RetailModel.rule()]).plan(moves, now: Instant(seconds: 0), ledger: ledger)
        let stop = "Stop: volume discount on request; gift wrap at no charge."
        let told = ledger.alerts.map(\.summary)
        #expect(told.count == 3)
        #expect(told.first?.contains("catalogue") == false && told.first?.contains("Would return") == false, "\(told)")
        #expect(told.first?.contains(stop) == true, "\(told)")
        #expect(told.last?.contains("seasonal catalogue only") == true, "\(told)")
        #expect(told.last?.hasSuffix("Would return with one purchase.") == true, "\(told)")
    }

    @Test func theWayBackIsToldOfTheLastMoveDownOnly() throws {
        var moves = Moves()
        moves.returnsWith = { _ in "one purchase" }
        moves.move(7, from: RetailModel.champions, to: RetailModel.loyal, day: 15_000)
        moves.move(7, from: RetailModel.loyal, to: RetailModel.atRisk, day: 15_030)
        moves.move(8, from: RetailModel.atRisk, to: RetailModel.loyal, day: 15_030)
        let told = try moves.outcome.transitions.indices.map { try moves.facts($0).returnsWith }
        #expect(told == [nil, "one purchase", nil])
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1_322_697_600_250_000, "2011-12-01T00:00:00.250Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (951_782_399_000_000, "2000-02-28T23:59:59Z"),
        ] as [(Int64, String)])
    func instantsAreWrittenAsTheViewsWriteThem(microseconds: Int64, text: String) {
        #expect(TimeText.instant(Instant(microseconds: microseconds)) == text)
    }
}

@Suite struct BandMeaningTests {
    @Test func aStepOfAScoreIsToldByTheValueBehindIt() {
        func step(_ from: Int, _ to: Int, isDescending: Bool = true) -> String? {
            BandMeaning.text("recency", cuts: [14, 30, 60, 120], isDescending: isDescending, from: from, to: to)
        }
        #expect(step(3, 2) == "recency above 60")
        #expect(step(5, 1) == "recency above 120")
        #expect(step(2, 3) == "recency 60 or less")
        #expect(step(1, 5) == "recency 14 or less")
        #expect(step(2, 3, isDescending: false) == "recency above 30")
        #expect(step(6, 2) == nil && step(3, 3) == nil && step(0, 1) == nil)
    }

    /// Whatever the value was and is: what is said holds of the new one and not of the old one.
    @Test func whatIsSaidHoldsAfterTheMoveAndNotBefore() throws {
        let cuts: [Double] = [0, 1, 3, 6]
        func score(_ value: Double, _ isDescending: Bool) -> Int {
            let below = cuts.count { $0 < value }
            return isDescending ? cuts.count + 1 - below : below + 1
        }
        let values = [-1, 0, 0.5, 1, 2, 3, 4, 6, 7]
        for isDescending in [false, true] {
            for old in values {
                for new in values where score(old, isDescending) != score(new, isDescending) {
                    let text = try #require(
                        BandMeaning.text(
                            "x", cuts: cuts, isDescending: isDescending, from: score(old, isDescending),
                            to: score(new, isDescending)))
                    let number = try #require(text.split(separator: " ").compactMap { Double($0) }.first)
                    let holds: (Double) -> Bool = { text.hasPrefix("x above") ? $0 > number : $0 <= number }
                    #expect(holds(new) && !holds(old), "\(old) -> \(new): \(text)")
                }
            }
        }
    }

    @Test func theSentenceTellsItOnceForAllComparisonsOfTheScore() {
        let parts = ["3", "2"].map { (limit: String) in
            TransitionFacts.ReasonPart(
                subject: "r", before: .number(3), after: .number(2), limit: limit, text: "r >= \(limit)",
                meaning: "recency above 60")
        }
        #expect(Sentence.reason(parts) == "recency above 60 (r 3 -> 2)")
    }
}

import DriftAlerts
import DriftEngine
import DriftModel
import Testing

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

import DriftAlerts
import DriftModel
import Testing

@Suite struct ActionPlanTests {
    private let model = RetailModel.model()

    @Test func theFirstSegmentationToFillAnAreaWins() {
        let plan = ActionPlan(model: model, segments: [RetailModel.champions, RetailModel.domestic])
        #expect(plan.action(in: .fulfilmentDelivery)?.action == "Next day at no charge")
        #expect(plan.action(in: .fulfilmentDelivery)?.playbook == "premium")
        #expect(plan.action(in: .marketingBrand)?.segmentation == "region")
    }

    @Test func anActionThatFindsItsAreaFilledIsReported() {
        let plan = ActionPlan(model: model, segments: [RetailModel.champions, RetailModel.domestic])
        #expect(plan.conflicts.map(\.left.action) == ["Home delivery"])
        #expect(plan.conflicts.map(\.kept.action) == ["Next day at no charge"])
    }

    @Test func nobodyWithoutASegmentGetsAnAction() {
        #expect(ActionPlan(model: model, segments: [nil, nil]).actions.isEmpty)
    }

    @Test func aMoveStartsStopsAndChangesActions() {
        let move = Move(
            segmentation: 0, from: RetailModel.champions, to: RetailModel.atRisk, direction: .down, cause: .time)
        let difference = ActionDifference.of(
            move, segmentsAfter: [RetailModel.atRisk, RetailModel.domestic], model: model)
        #expect(
            difference.start.map(\.action) == [
                "Retention call within two days", "Come-back voucher", "Ask what went wrong before any offer",
            ])
        #expect(
            difference.stop.map(\.area) == [
                "product.pricing", "product.packaging", "sales.leads", "service.support",
            ])
        #expect(
            difference.change == [
                .init(area: "fulfilment.delivery", from: "Next day at no charge", to: "Home delivery")
            ])
    }

    @Test func extraActionsBelongToTheirMovesOnly() {
        let move = Move(
            segmentation: 0, from: RetailModel.promising, to: RetailModel.lost, direction: .down, cause: .time)
        let difference = ActionDifference.of(move, segmentsAfter: [RetailModel.lost, nil], model: model)
        #expect(difference.start.map(\.action) == ["Internet only"])
        #expect(difference.stop.map(\.action) == ["Suggest the matching range"])
        #expect(difference.change.map(\.to) == ["Seasonal catalogue only"])
    }

    @Test func whatTheMoveAsksForInTheWordsOfAPlaybookIsToldOnce() {
        let call = EffectiveAction(
            area: "sales.scripts", action: "Call", playbook: nil, segmentation: "value")
        let offer = EffectiveAction(
            area: "sales.scripts", action: "Call", playbook: "win_back", segmentation: "value")
        var after = ActionPlan(model: model, segments: [nil, nil])
        let before = after
        after.actions = [offer]
        let difference = ActionDifference(before: before, after: after, extra: [call, call])
        #expect(difference.start == [call])
    }
}

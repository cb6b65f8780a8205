public import DriftModel

extension Engine {
    /// Every move that time alone will bring through a tick, in order of tick and segmentation: the next change,
    /// and again from there on.
    /// - Complexity: O(moves) searches.
    public func forecast(
        of state: CustomerState, through tick: Tick, scratch: inout EngineScratch
    ) -> [ForecastMove] {
        var future = state
        var outcome = Outcome()
        advance(&future, customer: 0, to: tick, outcome: &outcome, scratch: &scratch)
        return outcome.transitions.map {
            ForecastMove(
                segmentation: Int($0.segmentation), tick: axis.tick(of: $0.effectiveAt), from: $0.from, to: $0.to)
        }
    }
}

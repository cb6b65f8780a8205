import DriftAlerts
import DriftEngine
import DriftModel

/// Builds the outcome of a chunk, move by move.
struct Moves {
    var outcome = Outcome()
    /// What the engine would say brings the customer back.
    var returnsWith: (Int) -> String? = { _ in nil }
    private var seqs: [String: Int32] = [:]
    private var placements: [Int64: [Placement]] = [:]

    /// A move in `value` on a day, recency 60 → 61, spend as given.
    mutating func move(
        _ customer: Int64, from: Int32?, to: Int32?, day: Int64, cause: Cause = .time, spend: Double = 750,
        segmentation: Int32 = 0
    ) {
        let key = "\(customer)/\(segmentation)"
        let seq = (seqs[key] ?? 0) + 1
        seqs[key] = seq
        let effectiveAt = Instant(seconds: day * 86_400)
        let next = NextChange(tick: 20_000, segment: nil)
        placements[customer, default: [from, RetailModel.domestic].map { Placement(segment: $0, next: next) }][
            Int(segmentation)] = Placement(segment: to, seq: seq, since: effectiveAt, next: next)
        let inputs = outcome.inputFeatures.count
        outcome.inputFeatures += [0, 1]
        outcome.before += [.number(60), .number(spend)]
        outcome.after += [.number(61), .number(spend)]
        let flips = outcome.flips.count
        outcome.flips.append(Flip(comparison: 0, before: .number(60), after: .number(61), limit: .number(60)))
        var transition = Transition(
            customer: customer, segmentation: segmentation, seq: seq, from: from, to: to,
            effectiveAt: effectiveAt, cause: cause, record: cause == .event ? 0 : nil,
            inputs: inputs..<inputs + 2, flips: flips..<flips + 1)
        transition.worth = spend
        outcome.transitions.append(transition)
    }

    /// The outcome with what the engine notes: the rules that each move meets.
    func outcome(for model: Model) -> Outcome {
        var noted = outcome
        for index in noted.transitions.indices {
            let first = noted.alertRules.count
            let move = Move(noted.transitions[index], model: model)
            for (number, alert) in model.alerts.enumerated() {
                guard case .transition(let rule) = alert.kind, rule.match.matches(move) else { continue }
                noted.alertRules.append(Int32(number))
            }
            noted.transitions[index].alertRules = first..<noted.alertRules.count
        }
        return noted
    }

    /// What the daemon would tell about a customer after the chunk.
    func context(_ customer: Int64) -> CustomerContext {
        CustomerContext(
            name: "C-\(customer)", placements: placements[customer] ?? [], returnsWith: returnsWith)
    }

    func facts(_ index: Int = 0, model: Model = RetailModel.model()) throws -> TransitionFacts {
        let builder = FactsBuilder(
            model: model, axis: TimeAxis(zone: .utc, grain: .day), comparisons: try RetailModel.comparisons())
        let customer = outcome.transitions[index].customer
        let later = outcome.transitions.indices.filter {
            $0 > index && outcome.transitions[$0].customer == customer
        }
        return builder.facts(of: index, in: outcome, later: later, context: context(customer), source: nil)
    }

    static func one() -> Moves {
        var moves = Moves()
        moves.move(1042, from: RetailModel.loyal, to: RetailModel.atRisk, day: 15_000)
        return moves
    }
}

extension Placement {
    /// Of somebody who has not moved.
    fileprivate init(segment: Int32?, next: NextChange) {
        self.init(segment: segment, seq: 0, since: nil, next: next)
    }
}

internal import DriftModel
internal import DriftStore

extension AlertPlanner {
    private static let scope = "flapping"

    /// Whether the customer goes to and fro, and whether that was said by this rule.
    func flapping<Ledger: AlertLedger & ~Copyable>(
        _ brief: MoveBrief, _ entry: RuleTable.Entry, ledger: borrowing Ledger
    ) throws -> FlapPolicy.Decision {
        // Most customers have not moved so often in their life.
        guard brief.seq >= FlapPolicy.movesMin else { return .calm }
        let key = flapKey(entry, brief)
        let moves = try ledger.latestMoves(
            customer: brief.customerID, segmentation: brief.segmentation, upToSeq: brief.seq,
            limit: FlapPolicy.movesMin)
        let isFlapping = try ledger.remembered(scope: Self.scope, key: key) != nil
        let decision = FlapPolicy.decide(moves: moves, isFlapping: isFlapping)
        if decision == .ends { try ledger.remember(scope: Self.scope, key: key, value: nil) }
        return decision
    }

    /// Says once that a customer goes to and fro; the move itself is told by that.
    func tellFlapping<Ledger: AlertLedger & ~Copyable>(
        _ brief: MoveBrief, by entry: RuleTable.Entry, instead row: inout AlertRow, _ turn: PlanningTurn,
        _ ledger: borrowing Ledger, released: String?
    ) throws -> AlertCounts {
        let flapID = alertID(brief, entry, group: Self.scope)
        let told = AlertRow(
            alertID: flapID, rule: entry.name, severity: entry.severity, kind: Self.scope, state: .due,
            createdAt: turn.now, effectiveAt: brief.effectiveAt, customer: brief.customerID,
            segmentation: brief.segmentation, from: brief.from, to: brief.to,
            summary: FlapText.text(brief, customer: brief.customer), worth: brief.worth)
        if try ledger.insertAlert(told) {
            try deliver(flapID, to: entry.notify, now: turn.now, ledger: ledger) { detail in
                events.flapping(brief, alertID: flapID, rule: entry.name, severity: entry.severity, detail: detail)
            }
        }
        try ledger.remember(scope: Self.scope, key: flapKey(entry, brief), value: flapID)
        return try suppress(&row, by: "flapping \(flapID)", released: released, ledger: ledger) { $0.sent = 1 }
    }

    private func flapKey(_ entry: RuleTable.Entry, _ brief: MoveBrief) -> String {
        "\(brief.customerID)/\(brief.segmentation)/\(entry.name)"
    }
}

/// What is said of a customer who goes to and fro.
enum FlapText {
    /// - Parameter customer: What the reader may know the customer by; nil: "A customer".
    static func text(_ brief: MoveBrief, customer: String?) -> String {
        "\(customer ?? "A customer") goes to and fro in \(brief.segmentation): \(FlapPolicy.movesMin) moves within "
            + "\(FlapPolicy.windowSeconds / 86_400) days, the last \(brief.from ?? "(none)") -> "
            + "\(brief.to ?? "(none)"). Nothing more about it until \(FlapPolicy.windowSeconds / 86_400) days pass "
            + "without a move; 'stay' conditions or a dwell keep such customers still."
    }
}

public import DriftModel
public import DriftStore

/// What the daemon says of its own trouble: to every destination but the one that fails, once per cooldown for each
/// kind of trouble and what it is about. What was left out meanwhile is told when the cooldown is over.
public struct OwnAlerts: Sendable {
    private static let scope = "own"

    /// What was told last about one thing.
    private struct Memory: Codable {
        var toldAt: Int64
        /// How often it was left out since, and what the last one would have said.
        var left: Int
        var last: String?
        var hint: String?

        /// What is said of those that were left out.
        func leftOut(_ count: Int) -> String {
            guard count > 0 else { return "" }
            let times = count == 1 ? "once" : "\(count) times"
            return " Since \(TimeText.seconds(Instant(microseconds: toldAt))) it was left out \(times)."
        }

        func isSilent(_ kind: OwnTrouble.Kind, now: Instant) -> Bool {
            // A clock that was turned back must not keep trouble quiet.
            toldAt <= now.microseconds
                && now < Instant(microseconds: toldAt).advanced(bySeconds: kind.cooldownSeconds)
        }
    }

    private let instance: String
    private let destinations: [String]

    /// - Parameter destinations: The names of all of them.
    public init(instance: String, destinations: [String]) {
        self.instance = instance
        self.destinations = destinations
    }

    /// Tells of trouble, in the transaction that notes it.
    /// - Returns: false where it is not told: for its cooldown, because it was told before, or because somebody
    ///   silenced it.
    @discardableResult
    public func tell<Ledger: AlertLedger & ~Copyable>(
        _ trouble: OwnTrouble, now: Instant, ledger: borrowing Ledger
    ) throws -> Bool {
        let key = Self.key(trouble)
        var trouble = trouble
        if var memory = try memory(key, ledger: ledger) {
            if memory.isSilent(trouble.kind, now: now) {
                if trouble.kind.isLasting { return false }
                memory.left += 1
                (memory.last, memory.hint) = (trouble.summary, trouble.hint)
                try ledger.remember(scope: Self.scope, key: key, value: try FactsCoding.text(memory))
                return false
            }
            trouble.summary += memory.leftOut(memory.left)
        }
        guard try say(trouble, now: now, ledger: ledger) else { return false }
        let told = Memory(toldAt: now.microseconds, left: 0)
        try ledger.remember(scope: Self.scope, key: key, value: try FactsCoding.text(told))
        return true
    }

    /// Whether it would be told: neither its cooldown nor a person keeps it quiet.
    public func isWanted<Ledger: AlertLedger & ~Copyable>(
        _ trouble: OwnTrouble, now: Instant, ledger: borrowing Ledger
    ) throws -> Bool {
        let memory = try memory(Self.key(trouble), ledger: ledger)
        if memory?.isSilent(trouble.kind, now: now) == true { return false }
        return try ledger.silence(rule: trouble.kind.rule, segmentation: nil, customer: nil, at: now) == nil
    }

    /// Tells what was left out of cooldowns that are over. To be called now and then.
    public func settleCooldowns(now: Instant, _ transaction: borrowing StoreTransaction) throws {
        for (key, text) in try transaction.allRemembered(scope: Self.scope) {
            let memory = try FactsCoding.facts(Memory.self, from: text)
            let words = key.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard let kind = OwnTrouble.Kind(rawValue: String(words[0])), !memory.isSilent(kind, now: now) else {
                continue
            }
            try transaction.remember(scope: Self.scope, key: key, value: nil)
            guard memory.left > 0, let last = memory.last else { continue }
            // The last one is told itself.
            let again = OwnTrouble(
                kind, subject: words.count > 1 ? String(words[1]) : "", occasion: memory.toldAt,
                summary: last + memory.leftOut(memory.left - 1), hint: memory.hint ?? "")
            if try say(again, group: "again", now: now, ledger: transaction) {
                let told = Memory(toldAt: now.microseconds, left: 0)
                try transaction.remember(scope: Self.scope, key: key, value: try FactsCoding.text(told))
            }
        }
    }

    /// What the cooldown is kept under.
    private static func key(_ trouble: OwnTrouble) -> String { "\(trouble.kind.rawValue) \(trouble.subject)" }

    private func memory<Ledger: AlertLedger & ~Copyable>(_ key: String, ledger: borrowing Ledger) throws -> Memory? {
        try ledger.remembered(scope: Self.scope, key: key).map { try FactsCoding.facts(Memory.self, from: $0) }
    }

    private func say<Ledger: AlertLedger & ~Copyable>(
        _ trouble: OwnTrouble, group: String = "", now: Instant, ledger: borrowing Ledger
    ) throws -> Bool {
        let kind = trouble.kind
        let alertID = alertID(trouble, group: group)
        var row = AlertRow(
            alertID: alertID, rule: kind.rule, severity: kind.severity, kind: "self", state: .due, createdAt: now,
            effectiveAt: now, summary: trouble.text)
        if let silence = try ledger.silence(rule: kind.rule, segmentation: nil, customer: nil, at: now) {
            (row.state, row.suppressedBy) = (.suppressed, "silence \(silence)")
            _ = try ledger.insertAlert(row)
            return false
        }
        guard try ledger.insertAlert(row) else { return false }
        let body = body(trouble, alertID: alertID, now: now)
        for destination in destinations where destination != trouble.failing {
            guard try ledger.remembered(scope: "disabled", key: destination) == nil else { continue }
            try ledger.enqueue(alertID: alertID, destination: destination, body: body, dueAt: now)
        }
        return true
    }

    /// The message for a destination while the database cannot take it. What is told later through the outbox has the
    /// same id, by which receivers know it.
    public func message(_ trouble: OwnTrouble, to destination: String, now: Instant) -> DeliveryRow {
        let alertID = alertID(trouble)
        return DeliveryRow(
            deliveryID: 0, alertID: alertID, destination: destination, state: .sending, attempts: 1, dueAt: nil,
            startedAt: nil, body: body(trouble, alertID: alertID, now: now), severity: trouble.kind.severity,
            rule: trouble.kind.rule, createdAt: now)
    }

    private func alertID(_ trouble: OwnTrouble, group: String = "") -> String {
        AlertID.make(
            instance: instance, rule: trouble.kind.rule, group: trouble.kind.rawValue + group,
            subject: trouble.subject, seq: trouble.occasion)
    }

    private func body(_ trouble: OwnTrouble, alertID: String, now: Instant) -> [UInt8] {
        CloudEvent(instance: instance, naming: CustomerNaming(key: [])).own(trouble, alertID: alertID, time: now)
    }
}

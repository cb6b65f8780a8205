public import DriftModel
public import DriftStore

/// What planning alerts needs of the transaction in which the moves themselves are written: durable memory of
/// cooldowns, groups and dwells, and the outbox. ``StoreTransaction`` is one; tests have one in memory.
public protocol AlertLedger: ~Copyable {
    /// - Returns: false when there is such an alert already: then nothing was changed.
    func insertAlert(_ alert: AlertRow) throws -> Bool
    func alert(_ alertID: String) throws -> AlertRow?
    func setAlertState(_ alertID: String, _ state: AlertState, suppressedBy: String?) throws
    func setAlertGroup(_ alertID: String, groupID: Int64, key: String) throws
    /// The condition that an alert told of no longer holds.
    func resolveAlert(_ alertID: String, at: Instant) throws
    /// Alerts whose dwell has ended by an instant of logical time, earliest first.
    func waitingAlerts(dueBy: Instant, limit: Int) throws -> [AlertRow]
    /// Puts one alert for one destination into the outbox; does nothing if it is there.
    func enqueue(alertID: String, destination: String, body: [UInt8], dueAt: Instant) throws

    func cooldownUntil(rule: String, customer: Int64) throws -> Instant?
    func setCooldown(rule: String, customer: Int64, until: Instant) throws
    /// Whether any silence is in force, by the wall clock.
    func hasSilences(at: Instant) throws -> Bool
    /// The number of a silence in force over an alert; nil: none.
    func silence(rule: String, segmentation: String?, customer: Int64?, at: Instant) throws -> Int64?

    /// The open window of a rule and key, opened now if there is none, with one more member.
    func joinGroup(rule: String, key: String, opensAt: Instant, closesAt: Instant) throws -> AlertGroupRow
    /// Lets an open window end later.
    func holdGroup(_ groupID: Int64, until: Instant) throws
    /// Open windows that end by an instant of the wall clock, earliest first.
    func closingGroups(by: Instant) throws -> [AlertGroupRow]
    /// The members of a group that are still to be told, added up.
    func groupSummary(_ groupID: Int64, topMax: Int) throws -> AlertGroupSummary
    /// Moves the members that are still to be told into another state.
    func setGroupState(_ groupID: Int64, _ state: AlertState, suppressedBy: String?) throws
    func closeGroup(_ groupID: Int64, at: Instant) throws

    /// A small fact that rules remember; nil: none.
    func remembered(scope: String, key: String) throws -> String?
    /// - Parameter value: nil forgets it.
    func remember(scope: String, key: String, value: String?) throws
    func customerName(_ customer: Int64) throws -> String?
    /// When a customer moved in a segmentation, the latest first, up to a move by number.
    func latestMoves(customer: Int64, segmentation: String, upToSeq: Int32, limit: Int) throws -> [Instant]
}

import DriftAlerts
import DriftModel
import DriftStore

/// The ledger without a database.
final class MemoryLedger: AlertLedger {
    struct Delivery: Hashable {
        var alertID: String
        var destination: String
        var body: String
        var dueAt: Instant
    }

    var alerts: [AlertRow] = []
    var deliveries: [Delivery] = []
    var groups: [AlertGroupRow] = []
    var closed: Set<Int64> = []
    var silences: [(number: Int64, rule: String?, until: Instant)] = []
    /// Per customer: `effective_at` of every move, in their order.
    var moves: [Int64: [Instant]] = [:]
    private var cooldowns: [String: Instant] = [:]
    private var memory: [String: String] = [:]

    func insertAlert(_ alert: AlertRow) -> Bool {
        guard !alerts.contains(where: { $0.alertID == alert.alertID }) else { return false }
        alerts.append(alert)
        return true
    }

    func alert(_ alertID: String) -> AlertRow? { alerts.first { $0.alertID == alertID } }

    func setAlertState(_ alertID: String, _ state: AlertState, suppressedBy: String?) {
        for index in alerts.indices where alerts[index].alertID == alertID {
            alerts[index].state = state
            alerts[index].suppressedBy = suppressedBy ?? alerts[index].suppressedBy
        }
    }

    func setAlertGroup(_ alertID: String, groupID: Int64, key: String) {
        for index in alerts.indices where alerts[index].alertID == alertID {
            alerts[index].groupID = groupID
            alerts[index].groupKey = key
        }
    }

    func waitingAlerts(dueBy: Instant, limit: Int) -> [AlertRow] {
        Array(alerts.filter { $0.state == .waiting && ($0.dueAt ?? dueBy) <= dueBy }.prefix(limit))
    }

    func enqueue(alertID: String, destination: String, body: [UInt8], dueAt: Instant) {
        guard !deliveries.contains(where: { $0.alertID == alertID && $0.destination == destination }) else { return }
        deliveries.append(
            Delivery(
                alertID: alertID, destination: destination, body: String(decoding: body, as: UTF8.self), dueAt: dueAt))
    }

    func cooldownUntil(rule: String, customer: Int64) -> Instant? { cooldowns["\(customer)/\(rule)"] }

    func setCooldown(rule: String, customer: Int64, until: Instant) { cooldowns["\(customer)/\(rule)"] = until }

    func joinGroup(rule: String, key: String, opensAt: Instant, closesAt: Instant) -> AlertGroupRow {
        let open = groups.firstIndex { $0.rule == rule && $0.groupKey == key && !closed.contains($0.groupID) }
        if let open {
            groups[open].members += 1
            return groups[open]
        }
        groups.append(
            AlertGroupRow(
                groupID: Int64(groups.count + 1), rule: rule, groupKey: key, opensAt: opensAt, closesAt: closesAt,
                members: 1))
        return groups[groups.count - 1]
    }

    func holdGroup(_ groupID: Int64, until: Instant) {
        for index in groups.indices where groups[index].groupID == groupID { groups[index].closesAt = until }
    }

    func closingGroups(by: Instant) -> [AlertGroupRow] {
        groups.filter { !closed.contains($0.groupID) && $0.closesAt <= by }
    }

    func groupSummary(_ groupID: Int64, topMax: Int) -> AlertGroupSummary {
        let members = alerts.filter { $0.groupID == groupID && $0.state == .grouped }
        let pairs = Dictionary(grouping: members) { [$0.segmentation, $0.from, $0.to] }
        var named = Set<Int64?>()
        let top = members.sorted { ($0.worth ?? -.infinity) > ($1.worth ?? -.infinity) }
            .filter { named.insert($0.customer).inserted }
        return AlertGroupSummary(
            count: members.count, customers: named.count,
            pairs: pairs.map { .init(segmentation: $0[0], from: $0[1], to: $0[2], count: $1.count) },
            since: members.compactMap(\.effectiveAt).min(), until: members.compactMap(\.effectiveAt).max(),
            top: Array(top.prefix(topMax)))
    }

    func setGroupState(_ groupID: Int64, _ state: AlertState, suppressedBy: String?) {
        for index in alerts.indices where alerts[index].groupID == groupID && alerts[index].state == .grouped {
            alerts[index].state = state
            alerts[index].suppressedBy = suppressedBy
        }
    }

    func resolveAlert(_ alertID: String, at: Instant) {
        setAlertState(alertID, .resolved, suppressedBy: nil)
    }

    func hasSilences(at: Instant) -> Bool { silences.contains { $0.until > at } }

    func silence(rule: String, segmentation: String?, customer: Int64?, at: Instant) -> Int64? {
        silences.first { $0.until > at && ($0.rule == nil || $0.rule == rule) }?.number
    }

    func latestMoves(customer: Int64, segmentation: String, upToSeq: Int32, limit: Int) -> [Instant] {
        let known = (moves[customer] ?? []).prefix(Int(upToSeq))
        return Array(known.suffix(limit).reversed())
    }

    func closeGroup(_ groupID: Int64, at: Instant) { closed.insert(groupID) }

    func remembered(scope: String, key: String) -> String? { memory["\(scope)/\(key)"] }

    func remember(scope: String, key: String, value: String?) { memory["\(scope)/\(key)"] = value }

    func customerName(_ customer: Int64) -> String? { "C-\(customer)" }
}

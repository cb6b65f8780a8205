import FaultTable
import Foundation
import Testing

/// Every kind of alert, from a dropped file to what `journalctl -o json` reads back.
@Suite(
    .enabled(if: SystemRig.isDemanded, "set SEGDRIFT_SYSTEM=1"),
    .enabled(if: SystemRig.hasBinary, "the daemon is not built"), .serialized)
struct AlertKindTests {
    private static let configuration = """
        model: model.yaml
        instance: rig
        wall_lag: never
        http: {listen: none}
        sources:
          - {name: shop, match: "*.csv", format: csv, max_quarantined: 0.2, stalled_after: 1s}
          - {name: leads, match: "*.csv", format: csv, max_quarantined: 0.2}
        destinations:
          ops: {type: journal}
          log: {type: file, path: alerts.ndjson}
          lost: {type: file, path: /nowhere/alerts.ndjson}
        """

    private static let model = """
        model: kinds
        timezone: UTC
        value: spend
        events:
          purchase: {fields: {amount: number}}
        features:
          recency: {days_since: last, of: purchase}
          spend: {sum: amount, of: purchase}
          latest: {last: amount, of: purchase}
        segmentations:
          value:
            segments:
              - {id: active, rank: 1, when: "recency <= 30", playbooks: [keep]}
              - {id: gone, rank: 2, otherwise: true, playbooks: [win_back]}
          level:
            segments:
              - {id: high, rank: 1, when: "latest >= 50", playbooks: [keep]}
              - {id: low, rank: 2, otherwise: true, playbooks: [win_back]}
        playbooks:
          keep: {sales.leads: First in the queue}
          win_back: {sales.scripts: Retention call within two days}
        assumptions:
          - {name: most_are_active, segmentation: value, segment: active, share_between: [0.5, 1]}
        alerts:
          - {name: left, on: transition, segmentation: value, to: [gone], group_by: [from, to], group_wait: 1s, severity: notice, notify: [ops, log]}
          - {name: dropped, on: transition, segmentation: level, direction: down, severity: critical, notify: [ops, log, lost]}
          - {name: mixed, on: population, segmentation: value, compare: 7d, test: stuart_maxwell, p_below: 0.01, severity: error, notify: [ops]}
          - {name: shrinking, on: size, segmentation: value, segment: active, change_below: -0.1, over: 7d, severity: warning, notify: [ops]}
          - {name: exodus, on: flow, segmentation: value, from: active, to: gone, against: 28d, times: 3, at_least: 20, severity: warning, notify: [ops]}
          - {name: dirty, on: intake, source: shop, quarantined_above: 0.05, severity: info, notify: [ops]}
        """

    private static func csv(_ rows: [String]) -> String {
        (["customer,type,at,amount"] + rows).joined(separator: "\n") + "\n"
    }

    /// 60 customers who come once; one who goes to and fro; and someone much later, by whom time moves on.
    private static let events = csv(
        (0..<60).map { "C-\($0),purchase,2026-01-01T10:00:00Z,20" }
            + [(2, 60), (3, 10), (4, 60), (5, 10)].map { "F-1,purchase,2026-01-0\($0.0)T10:00:00Z,\($0.1)" }
            + ["L-1,purchase,2026-02-20T10:00:00Z,20"])

    /// One record in ten cannot be used.
    private static let dirty = csv(
        (0..<9).map { "D-\($0),purchase,2026-02-21T10:00:00Z,20" } + ["D-9,purchase,sometime,20"])

    private static let messageIDs = [
        "transition": "ec871ab15a7e461181ab218c8bf49313", "flapping": "ec871ab15a7e461181ab218c8bf49313",
        "digest": "0320e55fb3534ab097b5ab0b8beb1858", "population": "20bc0b5ea73b48db9ce510ac3f87731b",
        "size": "20bc0b5ea73b48db9ce510ac3f87731b", "flow": "20bc0b5ea73b48db9ce510ac3f87731b",
        "intake": "bcfc6d4f1f994e919797a7986854d580", "assumption": "37d1934935094d449e6a81d2cc8bb4c2",
        "self": "2291ac76ec85473aac931c7d8b0f4246",
    ]
    private static let priorities = ["critical": "2", "error": "3", "warning": "4", "notice": "5", "info": "6"]

    private func withContainer(
        dropIn: String = "", configuration: String = AlertKindTests.configuration,
        model: String = AlertKindTests.model, _ body: (Container) throws -> Void
    ) throws {
        let container = try SystemRig.container(executable: Repository.binary, dropIn: dropIn)
        defer { container.powerOff() }
        try container.write(configuration, to: "/etc/segdrift/segdrift.yaml")
        try container.write(model, to: "/etc/segdrift/model.yaml")
        try container.startDaemon()
        try body(container)
    }

    /// Looks until alerts are as wanted.
    private func wait(
        _ container: Container, looks: Int = 120, until isDone: ([ToldAlert]) -> Bool
    ) throws -> [ToldAlert] {
        var found: [ToldAlert] = []
        for _ in 0..<looks {
            found = try container.alerts()
            if isDone(found) { return found }
        }
        let said = try container.run("journalctl -u segdriftd --no-pager -n 40").output
        Issue.record("after \(looks) looks: \(found.map { "\($0.kind) \($0.rule) \($0.deliveries)" }) \(said)")
        return found
    }

    @Test func everyKindIsReadBackWithItsFields() throws {
        try withContainer { container in
            try container.drop(Self.events, as: "events.csv")
            _ = try wait(container) { found in
                found.contains { $0.kind == "digest" && $0.state(at: "ops") == "delivered" }
            }
            try container.drop(Self.dirty, as: "dirty.csv")
            _ = try wait(container) { found in found.contains { $0.rule == "dirty" } }
            // No rule is about this source, so the daemon itself tells of its refused file.
            try container.drop("customer,type,at,amount\nX,purchase,never,1\n", as: "refused.csv", source: "leads")
            let kinds = Set(Self.messageIDs.keys)
            let own = Set(["quarantine", "source"])
            // The silence of the source is looked at once a minute.
            let told = try wait(container, looks: 600) { found in
                let delivered = found.filter { $0.state(at: "ops") == "delivered" }
                return Set(delivered.map(\.kind)).isSuperset(of: kinds)
                    && Set(delivered.filter { $0.kind == "self" }.map(\.rule)).isSuperset(of: own)
            }.filter { $0.state(at: "ops") == "delivered" }
            let entries = try container.journalOfAlerts()
            for alert in told {
                let found = entries.filter { $0["SEGDRIFT_ALERT_ID"] == alert.alert_id }
                #expect(found.count == 1, "\(alert.kind) \(alert.rule): \(found.count) entries")
                guard let entry = found.first else { continue }
                let fields: [(String, String?)] = [
                    ("MESSAGE", alert.summary), ("MESSAGE_ID", Self.messageIDs[alert.kind]),
                    ("PRIORITY", Self.priorities[alert.severity]), ("SEGDRIFT_RULE", alert.rule),
                    ("SEGDRIFT_CUSTOMER", alert.customer), ("SEGDRIFT_SEGMENTATION", alert.segmentation),
                    ("SYSLOG_IDENTIFIER", "segdrift"), ("_SYSTEMD_UNIT", "segdriftd.service"),
                ]
                for (name, value) in fields { #expect(entry[name] == value, "\(alert.kind) \(alert.rule): \(name)") }
                if alert.kind == "transition" {
                    #expect(entry["SEGDRIFT_FROM"] == alert.from_segment && entry["SEGDRIFT_TO"] == alert.to_segment)
                    #expect(entry["SEGDRIFT_CAUSE"] == "event" && entry["SEGDRIFT_DIRECTION"] == "down")
                }
            }
            // What it says of a kind of its own names what it is about.
            let silent = entries.first { $0["SEGDRIFT_KIND"] == "stalled" }
            #expect(silent?["SEGDRIFT_SOURCE"] == "shop" && silent?["PRIORITY"] == "4")
            // Nothing is in the journal that no row tells of, not even what came meanwhile.
            let rows = try Set(container.alerts().map(\.alert_id))
            #expect(rows.isSuperset(of: entries.compactMap { $0["SEGDRIFT_ALERT_ID"] }))
            let counts = Dictionary(grouping: told, by: \.kind).mapValues(\.count)
            print("alerts read back from the journal: \(counts.sorted { $0.key < $1.key })")
        }
    }

    /// Fault 81 with the real journald, stopped in the middle of its work.
    @Test func whileJournaldStandsStillTheDaemonGoesOn() throws {
        try withContainer(dropIn: "WatchdogSec=2s\nTimeoutAbortSec=1s") { container in
            #expect(try container.run("systemctl kill --kill-whom=main -s STOP systemd-journald").isSuccess)
            try container.drop(Self.events, as: "events.csv")
            // 60 alerts and more; whether the kernel's queue takes them all or not, the file has them.
            let during = try wait(container) { found in
                found.contains { $0.kind == "transition" && $0.state(at: "log") == "delivered" }
            }
            #expect(!during.isEmpty)
            _ = try container.run("sleep 5")
            let state = try container.run("systemctl show segdriftd -p NRestarts,SubState").output
            #expect(state.contains("NRestarts=0") && state.contains("SubState=running"), "\(state)")
            #expect(try container.run("systemctl kill --kill-whom=main -s CONT systemd-journald").isSuccess)
            _ = try container.segdrift("alerts retry --destination ops")
            let after = try wait(container) { found in
                let forOps = found.filter { $0.state(at: "ops") != nil }
                return forOps.count > 3 && forOps.allSatisfy { $0.state(at: "ops") == "delivered" }
            }.filter { $0.state(at: "ops") != nil }
            let ids = try container.journalOfAlerts().compactMap { $0["SEGDRIFT_ALERT_ID"] }
            #expect(Set(ids).isSuperset(of: after.map(\.alert_id)))
            FaultTable.record(
                81, alerts: after.count, told: Set(ids).intersection(after.map(\.alert_id)).count,
                again: ids.count - Set(ids).count)
        }
    }

    /// Fault 82: a unit that journald allows 50 messages in 30 s (more on a disk with much room).
    @Test func journaldsLimitDropsNothingWhereTheRateIsBelowIt() throws {
        let rules = (1...12).map {
            "  - {name: rule\($0), on: transition, segmentation: level, direction: down, severity: notice, notify: [ops, log]}"
        }
        let model = Self.model.components(separatedBy: "alerts:")[0] + "alerts:\n" + rules.joined(separator: "\n")
        func configuration(_ rate: String) -> String {
            Self.configuration.replacing("ops: {type: journal}", with: "ops: {type: journal, rate: \(rate)}")
                .replacing(", stalled_after: 1s", with: "").replacing(
                    "instance: rig", with: "instance: rig\(rate.count)")
        }
        let customers = 0..<50
        let rows =
            customers.map { "C-\($0),purchase,2026-01-01T10:00:00Z,60" }
            + customers.map { "C-\($0),purchase,2026-01-02T10:00:00Z,10" }
        try withContainer(
            dropIn: "LogRateLimitBurst=50\nLogRateLimitIntervalSec=30s", configuration: configuration("20/s"),
            model: model
        ) { container in
            try container.drop(Self.csv(rows), as: "events.csv")
            let limited = try wait(container, looks: 300) { found in
                let states = found.compactMap { $0.state(at: "ops") }
                return states.count == 601 && states.allSatisfy { $0 == "delivered" || $0 == "suppressed" }
            }
            let handedOver = limited.filter { $0.state(at: "ops") == "delivered" }.map(\.alert_id)
            let folded = limited.filter { $0.state(at: "ops") == "suppressed" }
            let ids = Set(try container.journalOfAlerts().compactMap { $0["SEGDRIFT_ALERT_ID"] })
            #expect(ids == Set(handedOver), "everything handed over is there")
            let digest = limited.first { $0.kind == "digest" }
            let words = "\(folded.count) more alerts, told together because ops takes 20 a second"
            #expect(digest?.summary.hasPrefix(words) == true)
            #expect(folded.allSatisfy { $0.suppressed_by == "at ops: digest \(digest?.alert_id ?? "")" })
            #expect(folded.count + handedOver.count - 1 == 600)
            FaultTable.record(82, alerts: 600, told: ids.count - 1 + folded.count)

            // What the rate is for: journald takes everything, and most of it is nowhere.
            _ = try container.run("systemctl stop segdriftd; rm -rf /var/lib/segdrift/*")
            try container.write(configuration("1000/s"), to: "/etc/segdrift/segdrift.yaml")
            try container.startDaemon()
            try container.drop(Self.csv(rows), as: "again.csv")
            let all = try wait(container, looks: 300) { found in
                found.count { $0.state(at: "ops") == "delivered" } == 600
            }.map(\.alert_id)
            let there = Set(try container.journalOfAlerts().compactMap { $0["SEGDRIFT_ALERT_ID"] })
            let kept = all.count { there.contains($0) }
            #expect(all.count == 600 && kept < 600)
            print(
                "journald's limit of 50 in 30 s: with a rate \(handedOver.count) handed over, \(ids.count) there; without "
                    + "\(all.count) handed over, \(kept) there")
        }
    }
}

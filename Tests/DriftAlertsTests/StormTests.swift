import DriftEngine
import DriftModel
import DriftStore
import FaultTable
import Foundation
import Testing

@testable import DriftAlerts

/// Fault 76: very many moves in one file.
@Suite struct StormTests {
    private static let moves = ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] == nil ? 3_000 : 50_000
    private let now = Instant(seconds: 1_300_000_000)

    private func storm(_ rules: [AlertRule], _ body: (Store, AlertCounts) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "segdrift-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = try Store.open(path: directory + "/segdrift.sqlite")
        let planner = try RetailModel.planner(rules)
        var moves = Moves()
        for customer in 1...Self.moves {
            moves.move(
                Int64(customer), from: RetailModel.loyal, to: RetailModel.atRisk, day: 15_000, spend: Double(customer))
        }
        try store.write { transaction in
            for customer in 1...Self.moves { _ = try transaction.insertCustomer(named: "C-\(customer)".utf8) }
        }
        let counts = try store.write { transaction in
            var counts = try planner.plan(moves, now: now, ledger: transaction)
            counts += try planner.closeGroups(
                upTo: now.advanced(bySeconds: 600), now: now.advanced(bySeconds: 600), ledger: transaction)
            return counts
        }
        print("storm of \(Self.moves) moves: \(Self.peakMemory())")
        try body(store, counts)
        try store.close()
    }

    /// The most memory this process has had so far, as the kernel counts it.
    private static func peakMemory() -> String {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let lines = status.split(separator: "\n").filter { $0.hasPrefix("VmHWM") || $0.hasPrefix("VmRSS") }
        return lines.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }.joined(separator: ", ")
    }

    private func count(_ store: Store, _ sql: String) throws -> Int64 {
        let reader = try StoreReader.open(path: store.path)
        guard case .integer(let count) = try reader.query(sql).rows[0][0] else { return -1 }
        return count
    }

    @Test func aRuleWithoutGroupsTellsFiftyAndTheRestTogether() throws {
        try storm([RetailModel.rule()]) { store, counts in
            #expect(counts.sent == 50)
            #expect(counts.digests == 1)
            #expect(try count(store, "SELECT count(*) FROM deliveries") == 51)
            #expect(try count(store, "SELECT count(*) FROM alerts WHERE kind = 'transition'") == Int64(Self.moves))
            let digested = try count(
                store, "SELECT count(*) FROM alerts WHERE state = 'digested' AND suppressed_by LIKE 'digest %'")
            #expect(digested == Int64(Self.moves - 50))
            FaultTable.record(76, alerts: Self.moves, told: Int(digested) + 50)
            let digest = try StoreReader.open(path: store.path).query(
                "SELECT summary, substr(alert_id, 1, 12) FROM alerts WHERE kind = 'digest'")
            guard digest.rows.count == 1, case .text(let id) = digest.rows[0][1] else {
                Issue.record("\(digest.rows)")
                return
            }
            let rest = Self.moves - 50
            #expect(
                digest.rows[0][0]
                    == .text(
                        "\(rest) more moves, told together: loyal -> at_risk \(rest) (value). Customers: "
                            + (0..<5).map { "C-\(Self.moves - $0) (\(Self.moves - $0))" }.joined(separator: ", ")
                            + " and \(rest - 5) more. Look: segdrift alerts --digest \(id)"))
        }
    }

    @Test func aGroupedRuleTellsAllOfThemTogether() throws {
        try storm([RetailModel.rule(groupBy: ["from", "to"])]) { store, counts in
            #expect(counts.sent == 0)
            #expect(counts.digests == 1)
            let deliveries = try count(store, "SELECT count(*) FROM deliveries")
            #expect(deliveries == 1)
            let digested = try count(store, "SELECT count(*) FROM alerts WHERE state = 'digested'")
            #expect(digested == Int64(Self.moves))
            FaultTable.record(76, alerts: Self.moves, told: Int(digested))
        }
    }
}

@Suite struct QuietTests {
    private let now = Instant(seconds: 1_300_000_000)

    private func plan(_ moves: Moves, _ rules: [AlertRule], _ ledger: MemoryLedger) throws -> AlertCounts {
        try RetailModel.planner(rules).plan(moves, now: now, ledger: ledger)
    }

    @Test func aSilenceKeepsQuietAndSaysSo() throws {
        let ledger = MemoryLedger()
        ledger.silences = [(number: 7, rule: "downgrade", until: now.advanced(bySeconds: 60))]
        let counts = try plan(.one(), [RetailModel.rule(cooldownSeconds: 86_400), RetailModel.rule("other")], ledger)
        #expect(counts.silenced == 1 && counts.sent == 1)
        #expect(ledger.alerts.first?.suppressedBy == "silence 7")
        // A silenced alert starts no cooldown: when the silence is over, the next move is told.
        ledger.silences = []
        var next = Moves()
        next.move(1042, from: RetailModel.atRisk, to: RetailModel.loyal, day: 14_999)
        next.move(1042, from: RetailModel.loyal, to: RetailModel.lost, day: 15_001)
        #expect(try plan(next, [RetailModel.rule(cooldownSeconds: 86_400)], ledger).sent == 1)
    }

    @Test func whoGoesToAndFroIsSaidOnce() throws {
        let ledger = MemoryLedger()
        var moves = Moves()
        for turn in 0..<5 {
            moves.move(1, from: RetailModel.loyal, to: RetailModel.atRisk, day: 15_000 + Int64(turn) * 4)
            moves.move(1, from: RetailModel.atRisk, to: RetailModel.loyal, day: 15_002 + Int64(turn) * 4)
        }
        moves.move(1, from: RetailModel.loyal, to: RetailModel.atRisk, day: 15_048)
        moves.move(1, from: RetailModel.atRisk, to: RetailModel.loyal, day: 15_078)
        moves.move(1, from: RetailModel.loyal, to: RetailModel.atRisk, day: 15_108)
        ledger.moves = [1: moves.outcome.transitions.map(\.effectiveAt)]
        let counts = try plan(moves, [RetailModel.rule()], ledger)
        let told = ledger.alerts.filter { $0.state == .due }
        #expect(told.map(\.kind) == ["transition", "transition", "flapping", "transition", "transition"])
        #expect(
            told[2].summary
                == "C-1 goes to and fro in value: 4 moves within 30 days, the last loyal -> at_risk. Nothing more about it "
                + "until 30 days pass without a move; 'stay' conditions or a dwell keep such customers still.")
        #expect(ledger.alerts.filter { $0.suppressedBy == "flapping" }.count == counts.flapping)
        #expect(ledger.deliveries.count == 5)
        // The others are rows that say why they were not told.
        let kept = ledger.alerts.count { $0.state == .suppressed }
        FaultTable.record(77, alerts: ledger.alerts.count, told: 5, kept: kept)
    }
}

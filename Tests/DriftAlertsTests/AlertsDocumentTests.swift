import DriftAnalytics
import DriftModel
import DriftStore
import Foundation
import Synchronization
import Testing

@testable import DriftAlerts

/// Keeps the examples of docs/alerts.md true: each is made by the code that makes the real ones.
@Suite struct AlertsDocumentTests {
    private static let file = URL(filePath: #filePath).appending(path: "../../../docs/alerts.md").standardizedFileURL
    private static let day: DayNumber = 20_500

    @Test func theExamplesAreWhatTheCodeSays() throws {
        let text = try String(contentsOf: Self.file, encoding: .utf8)
        let made = try Self.filled(text)
        if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] != nil {
            try Data(made.utf8).write(to: Self.file)
        }
        #expect(try String(contentsOf: Self.file, encoding: .utf8) == made)
    }

    @Test(arguments: [DigestFacts.Kind.group, .storm, .rate, .history, .activation, .calibration])
    func aDigestFitsAPhone(kind: DigestFacts.Kind) {
        var facts = Self.digest(kind)
        #expect(DigestText.text(facts, name: { $0.customer }).count <= 480)
        // Where names are long, fewer are named; the counts stay whole.
        let long = String(repeating: "considerably_long_", count: 2)
        facts.pairs = (0..<7).map {
            .init(segmentation: "\(long)segmentation", from: "\(long)\($0)", to: "\(long)other", customers: 10)
        }
        facts.moves = 70
        for index in facts.top.indices { facts.top[index].customer = "0b5e29c4-5a0f-4b0c-9a56-7d0f1d9a3c\(10 + index)" }
        let text = DigestText.text(facts, name: { $0.customer })
        #expect(text.count <= 480, "\(text)")
        #expect(text.contains("70 ") && text.contains(", other ") && text.contains("Look: segdrift "), "\(text)")
    }

    @Test func whatRulesWouldHaveSaidFitsAPhoneToo() {
        var facts = Self.digest(.history)
        facts.moves = 0
        facts.rules = Dictionary(uniqueKeysWithValues: (10..<22).map { ("rule_number_\($0)", $0 - 9) })
        let text = DigestText.text(facts, name: { $0.customer })
        #expect(text.hasSuffix("rule_number_14 would have spoken 5 times, and 7 more rules."), "\(text)")
    }

    /// The text with each example put in after its mark.
    private static func filled(_ text: String) throws -> String {
        let examples = try examples()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var made: [Substring] = []
        var next = 0
        while next < lines.count {
            let line = lines[next]
            next += 1
            made.append(line)
            guard line.hasPrefix("<!-- example: ") else { continue }
            let name = String(line.dropFirst("<!-- example: ".count).prefix { $0 != " " })
            let example = try #require(examples[name], "no example is called \(name)")
            // What stood there before is replaced.
            if next + 1 < lines.count, lines[next].isEmpty, lines[next + 1].hasPrefix("```") {
                next += 2
                while next < lines.count, lines[next] != "```" { next += 1 }
                next += 1
            }
            made += ["", "```\(name == "event" ? "json" : "text")"]
            made += example.split(separator: "\n", omittingEmptySubsequences: false)
            made.append("```")
        }
        return made.joined(separator: "\n")
    }

    private static func examples() throws -> [String: String] {
        var moves = Moves()
        moves.returnsWith = { _ in "one purchase" }
        moves.move(1042, from: RetailModel.loyal, to: RetailModel.atRisk, day: Int64(day), spend: 750)
        let facts = try moves.facts()
        let brief = MoveBrief(facts)
        let event = CloudEvent(instance: "shop", naming: CustomerNaming(key: [1])).transition(
            facts, alertID: AlertID.make(instance: "shop", rule: "downgrade", subject: "C-1042", seq: 1),
            rule: "downgrade", severity: .notice, detail: .full)
        let object = try JSONSerialization.jsonObject(with: Data(event))
        let pretty = try JSONSerialization.data(
            withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        var all = [
            "transition": Sentence.text(facts, customer: "C-1042"),
            "flapping": FlapText.text(brief, customer: "C-1042"),
            "intake": IntakeFacts(
                source: "prospects", file: "leads-2026-02.csv", fileID: 9, records: 200, quarantined: 11, limit: 0.05
            ).sentence,
            "feed": FeedFacts(
                source: "shop", file: "2026-02-16.csv", fileID: 77, version: 2, added: ["qty"], missing: ["quantity"],
                renamed: [.init(from: "quantity", to: "qty")], used: ["quantity"],
                words: "'quantity' is probably 'qty' now (the mapping reads it)"
            ).sentence,
            "event": String(decoding: pretty, as: UTF8.self),
        ]
        for (name, kind) in [
            ("digest", DigestFacts.Kind.group), ("storm", .storm), ("rate", .rate), ("history", .history),
            ("activation", .activation), ("calibration", .calibration),
        ] {
            all[name] = DigestText.text(digest(kind)) { $0.customer }
        }
        for (name, text) in own() { all[name] = text }
        for (name, facts) in conditions() { all[name] = ConditionText.text(facts) }
        return all.mapValues(folded)
    }

    /// What the daemon says of itself, by kind.
    private static func own() -> [(String, String)] {
        let now = Instant(seconds: Int64(day) * 86_400)
        let delivery = DeliveryRow(
            deliveryID: 1, alertID: "a", destination: "crm", state: .sending, attempts: 11, dueAt: nil, startedAt: nil,
            body: [], severity: .critical, rule: "champion_slipping")
        let file = IntakeFacts(source: "shop", file: "2026-02-16.csv", fileID: 77, records: 1, quarantined: 1)
        let troubles: [OwnTrouble] = [
            .down(delivery, since: now, reason: "connect: connection refused", now: now),
            .died(delivery, reason: "connect: connection refused"),
            .disabled(delivery, reason: "answered 410 (gone)"),
            .paused("disk full", hint: "nothing is lost; free some space", isDiskFull: true, since: now),
            .paused(
                "database locked by another program",
                hint: "nothing is lost; end whatever writes to it or keeps a transaction open", isDiskFull: false,
                since: now),
            .quarantined(file, reason: "41 % of its records cannot be used (limit 20 %)"),
            .overflow(now: now),
            .stalled(
                source: "shop", since: now, hasDelivered: true, limitSeconds: 129_600,
                directory: "/var/spool/segdrift/incoming/shop", now: now),
            .clock("the wall clock stepped by 86400 s against the boot-time clock", now: now),
        ]
        return troubles.map { ("self_\($0.kind.rawValue)", $0.text) }
    }

    private static func digest(_ kind: DigestFacts.Kind) -> DigestFacts {
        let top = [("C-77", 9_120.5), ("C-1042", 4_300), ("C-9", 3_870), ("C-512", 2_400), ("C-33", 2_210)]
        var facts = DigestFacts(
            kind: kind, moves: 61,
            pairs: [
                .init(segmentation: "value", from: "loyal", to: "at_risk", customers: 44),
                .init(segmentation: "value", from: "champions", to: "at_risk", customers: 17),
            ],
            top: top.map {
                .init(customerID: 1, customer: $0.0, segmentation: "value", from: "loyal", to: "at_risk", value: $0.1)
            }, since: Int64(day) * 86_400_000_000, until: Int64(day) * 86_400_000_000, rules: ["downgrade": 61])
        facts.isFirst = kind == .history
        facts.limit = "crm takes 60 a minute"
        guard ![.history, .activation, .calibration].contains(kind) else { return facts }
        facts.digestID = AlertID.make(instance: "shop", rule: "rate", group: "crm", subject: "C-77")
        return facts
    }

    private static func conditions() -> [(String, ConditionFacts)] {
        var table = PairedTable(rows: [[309, 24, 0], [4, 1_100, 30], [0, 12, 521]])
        table.add(0, from: 0, to: 0)
        func population(_ test: String) -> ConditionFacts.Kind {
            .population(
                .init(
                    test: test, paired: StuartMaxwell(table),
                    distance: PopulationDistance(before: table.before, after: table.after),
                    effect: PopulationDistance.totalVariation(table.before, table.after),
                    sizes: zip(["champions", "loyal", "at_risk"], zip(table.before, table.after)).map {
                        ($0, $1.0, $1.1)
                    }, pBelow: 0.01, effectAbove: 0.01, valueAbove: test == "jsd" ? 0.0001 : 0.0002))
        }
        func facts(_ kind: ConditionFacts.Kind, _ since: DayNumber?) -> ConditionFacts {
            ConditionFacts(segmentation: "value", day: day, since: since, kind: kind)
        }
        let claim = AssumptionFinding.Claim.reach(
            entered: "promising", reach: ["loyal", "champions"], withinDays: 60, atLeast: 0.2, minCustomers: 50)
        return [
            ("population", facts(population("stuart_maxwell"), day - 7)), ("psi", facts(population("psi"), day - 7)),
            ("jsd", facts(population("jsd"), day - 7)),
            (
                "size",
                facts(
                    .size(segment: "champions", before: 333, after: 289, limitBelow: -0.1, limitAbove: nil), day - 7)
            ),
            (
                "flow",
                facts(
                    .flow(from: "loyal", to: "at_risk", moves: 64, usual: 11.3, times: 3, atLeast: 20), day - 28)
            ),
            (
                "assumption",
                facts(
                    .assumption(AssumptionFinding(name: "promising_become_loyal", claim: claim, hits: 41, cases: 312)),
                    nil)
            ),
        ]
    }

    /// Lines of at most 100 characters, broken between words; JSON as it is.
    private static func folded(_ text: String) -> String {
        guard !text.hasPrefix("{") else { return text }
        var lines: [String] = [""]
        for word in text.split(separator: " ") {
            if lines[lines.count - 1].count + word.count >= 100 { lines.append("") }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
        }
        return lines.joined(separator: "\n")
    }
}

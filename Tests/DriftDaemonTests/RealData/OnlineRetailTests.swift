import DriftDaemon
import Foundation
import GRDB
import Testing

/// The real day files of a gift-ware shop, against reference figures computed outside this project and against
/// ``RetailOracle``. Catches wrong windows, wrong midnights, lost records; cannot catch what both leave out.
@Suite(.enabled(if: SharedData.isPresent, "needs ../shared/data/online-retail"), .serialized)
struct OnlineRetailTests {
    /// The mapping of the documentation; field names are those of the files.
    static let source = """
          - name: shop
            match: "*.csv*"
            format: csv
            skip: "InvoiceNo LIKE 'A%' OR CustomerID IS NULL"
            map:
              customer: CustomerID
              type: "CASE WHEN InvoiceNo LIKE 'C%' THEN 'refund' ELSE 'purchase' END"
              at: "timestamp(InvoiceDate, 'yyyy-MM-dd HH:mm:ss', 'Europe/London')"
              amount: "number(Quantity) * number(UnitPrice)"
              quantity: number(Quantity)
              invoice: InvoiceNo
              item: StockCode
            also:
              - {type: "'profile'", country: Country}
        """

    /// Purchases only, as policy P1 of the reference has them.
    static let purchasesOnly = """
          - name: shop
            match: "*.csv"
            format: csv
            skip: >-
              CustomerID IS NULL OR InvoiceNo LIKE 'C%' OR number(Quantity) <= 0 OR number(UnitPrice) <= 0
            map:
              customer: CustomerID
              type: "'purchase'"
              at: "timestamp(InvoiceDate, 'yyyy-MM-dd HH:mm:ss', 'Europe/London')"
              amount: "number(Quantity) * number(UnitPrice)"
              invoice: InvoiceNo
        """

    /// Rule set A of the reference, written in the model language.
    static let ruleSetA = """
        model: rule_set_a
        timezone: Europe/London
        events:
          purchase: {fields: {amount: number, invoice: text}}
        features:
          r: {days_since: last, of: purchase}
          f: {distinct: invoice, of: purchase}
          m: {sum: amount, of: purchase}
        segmentations:
          a:
            segments:
              - {id: champion, when: "r <= 30 AND f >= 5 AND m >= 2000"}
              - {id: loyal, when: "r <= 60 AND f >= 3"}
              - {id: new, when: "r <= 30 AND f = 1"}
              - {id: active, when: "r <= 60"}
              - {id: at_risk_high_value, when: "r <= 120 AND m >= 1000"}
              - {id: cooling, when: "r <= 120"}
              - {id: lapsed, otherwise: true}
        """

    static func withDays<T>(_ body: ([URL]) async throws -> T) async throws -> T {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "segdrift-days-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        return try await body(try SharedData.unpackOnlineRetail(into: directory))
    }

    static func retailModel() throws -> String {
        try String(contentsOf: SharedData.root!.appendingPathComponent("examples/retail.yaml"), encoding: .utf8)
    }

    @Test func everyDaysSegmentSizesAreThoseOfTheReference() async throws {
        try await Self.withDays { days in
            let place = try Workplace(model: Self.ruleSetA, sources: Self.purchasesOnly)
            for day in days {
                try place.drop(copyOf: day)
                try await place.run()
            }
            let reference = RetailOracle.csv(
                try String(
                    contentsOf: SharedData.onlineRetail!.appendingPathComponent("reference/segment_counts_daily.csv"),
                    encoding: .utf8))
            let segments = reference[0].dropFirst(3)
            var expected: [String] = []
            for row in reference.dropFirst() {
                for (segment, count) in zip(segments, row.dropFirst(3)) {
                    expected.append("\(row[0]) \(segment) \(count)")
                }
            }
            let counted = try await DatabaseContent.open(place.databasePath).read { db in
                try String.fetchAll(
                    db,
                    sql: """
                        SELECT day || ' ' || segment || ' ' || customers FROM segment_sizes
                        WHERE segmentation = 'a' AND segment IS NOT NULL
                        """)
            }
            #expect(expected.count == 231 * 7)
            #expect(Set(counted) == Set(expected))
            #expect(counted.count == expected.count)
            #expect(try DatabaseContent.brokenInvariants(place.databasePath).isEmpty)
        }
    }

    @Test func theRetailModelsHistoryIsTheOracles() async throws {
        try await Self.withDays { days in
            let place = try Workplace(model: try Self.retailModel(), sources: Self.source)
            for day in days { try place.drop(copyOf: day) }
            try await place.run()
            let lines = try days.flatMap {
                RetailOracle.lines(ofDayFile: try String(contentsOf: $0, encoding: .utf8))
            }
            let expected = RetailOracle.moves(of: lines, lastDay: lines.map(\.day).max()!)
            let recorded = try await DatabaseContent.open(place.databasePath).read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT customer, segmentation, seq, coalesce(from_segment, 'NULL') AS f,
                               coalesce(to_segment, 'NULL') AS t, unixepoch(effective_at) AS at, cause
                        FROM transitions
                        """
                ).map {
                    RetailOracle.Move(
                        customer: $0["customer"], segmentation: $0["segmentation"], seq: $0["seq"], from: $0["f"],
                        to: $0["t"], effectiveAt: $0["at"], cause: $0["cause"])
                }.sorted()
            }
            #expect(expected.count > 10_000)
            #expect(recorded.count == expected.count)
            let missing = Set(expected).subtracting(recorded).sorted().prefix(5)
            let surplus = Set(recorded).subtracting(expected).sorted().prefix(5)
            #expect(missing.isEmpty, "missing: \(missing.map(\.description))")
            #expect(surplus.isEmpty, "surplus: \(surplus.map(\.description))")
            #expect(try DatabaseContent.brokenInvariants(place.databasePath).isEmpty)
        }
    }

    /// The same files one by one, each in a run of its own, say the same as all of them together.
    @Test func dayByDayIsTheSameAsAllAtOnce() async throws {
        try await Self.withDays { days in
            let model = try Self.retailModel()
            let first = Array(days.prefix(40))
            let together = try Workplace(model: model, sources: Self.source)
            for day in first { try together.drop(copyOf: day) }
            try await together.run()
            let single = try Workplace(model: model, sources: Self.source)
            for day in first {
                try single.drop(copyOf: day)
                try await single.run()
            }
            let differences = try DatabaseContent.differences(
                together.databasePath, single.databasePath, besides: ["alerts"])
            #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        }
    }
}

import DriftDaemon
import Foundation
import GRDB
import Testing

/// Whom to believe about a customer's attributes when sources differ.
@Suite struct TrustTests {
    static let model = """
        model: trust
        timezone: UTC
        events:
          purchase: {fields: {amount: number}}
          profile: {sets: [country, income]}
        attributes: {country: text, income: number}
        features:
          spend: {sum: amount, of: purchase}
        segmentations:
          value:
            segments:
              - {id: high, rank: 1, when: "spend >= 100"}
              - {id: other, rank: 2, otherwise: true}
        """

    static let sources = """
          - {name: shop, format: csv, trust: internal}
          - name: broker
            format: ndjson
            trust: external
            map:
              customer: person.id
              type: "'profile'"
              at: "timestamp(\\"seen.0\\", 'd MMM yyyy H:mm', 'America/New_York')"
              country: person.country
              income: "number(person.income, 'de')"
        """.replacingOccurrences(of: "customer: person.id", with: "customer: '\"person.id\"'")
        .replacingOccurrences(of: "country: person.country", with: "country: '\"person.country\"'")
        .replacingOccurrences(of: "number(person.income", with: "number(\\\"person.income\\\"")

    func attributes(_ place: Workplace) async throws -> [String] {
        try await DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT printf('%s %s %.1f', customer, attributes ->> '$.country', attributes ->> '$.income')
                    FROM customers ORDER BY customer
                    """)
        }
    }

    @Test func anExternalSourceNeverOverridesAnInternalOneHoweverLateItSpeaks() async throws {
        let place = try Workplace(model: Self.model, sources: Self.sources)
        try place.drop(
            "1.csv", "customer,type,at,country,income\na,profile,2026-01-10,UK,\nb,profile,2026-01-10,,\n")
        try place.drop(
            "1.ndjson",
            """
            {"person": {"id": "a", "country": "FR", "income": "31.500,50"}, "seen": ["12 Jan 2026 9:05"]}
            {"person": {"id": "b", "country": "DE", "income": null}, "seen": ["12 Jan 2026 9:06"]}
            {"person": {"id": "b", "country": "N/A", "income": "1.000"}, "seen": ["13 Jan 2026 9:06"]}
            """, source: "broker")
        try await place.run()
        #expect(try await attributes(place) == ["a UK 31500.5", "b DE 1000.0"])
        try place.drop("2.csv", "customer,type,at,country,income\nb,profile,2026-01-11,IT,7\n")
        try await place.run()
        // Older than what the broker said, and believed all the same.
        #expect(try await attributes(place) == ["a UK 31500.5", "b IT 7.0"])
    }
}

import Foundation
import GRDB
import Testing

/// The same real days, delivered in every form that can be read, say the same in the database. Ten of them, or all
/// with `SEGDRIFT_LONG=1`.
@Suite(.enabled(if: SharedData.isPresent, "needs ../shared/data/online-retail"), .serialized)
struct DeliveryFormTests {
    static let daysMax = ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] == "1" ? Int.max : 10

    /// What became of the records of each file, and which were refused why.
    static func sums(_ path: String) throws -> [String] {
        try DatabaseContent.open(path).read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT printf('%s %s %d %d %d %d %d %d %d %d', name, state, records, accepted, duplicates,
                        conflicts, late, beyond_horizon, ignored, quarantined) FROM files
                    UNION ALL
                    SELECT printf('%s %d %s', name, record, code) FROM quarantined JOIN files USING (file_id)
                    ORDER BY 1
                    """)
        }
    }

    static func deliver(_ days: [URL], source: String, _ form: (String) throws -> Data) async throws -> Workplace {
        let place = try Workplace(model: try OnlineRetailTests.retailModel(), sources: source)
        for day in days {
            // The name says nothing: content and configuration do.
            let hidden = try place.incoming("shop").appendingPathComponent(".\(day.lastPathComponent).tmp")
            try form(try String(contentsOf: day, encoding: .utf8)).write(to: hidden)
            try FileManager.default.moveItem(
                at: hidden, to: try place.incoming("shop").appendingPathComponent(day.lastPathComponent))
        }
        try await place.run()
        return place
    }

    @Test func everyFormGivesTheSameDatabase() async throws {
        try await OnlineRetailTests.withDays { all in
            let days = Array(all.prefix(Self.daysMax))
            let plain = try await Self.deliver(days, source: OnlineRetailTests.source) { Data($0.utf8) }
            let expected = try Self.sums(plain.databasePath)
            #expect(expected.count >= days.count)
            for form in DeliveryForm.allCases {
                let place = try await Self.deliver(days, source: form.source, form.file)
                let differences = try DatabaseContent.differences(
                    plain.databasePath, place.databasePath, besides: ["files", "quarantined", "feed_forms"])
                #expect(differences.isEmpty, "\(form): \(differences.joined(separator: "\n"))")
                #expect(try Self.sums(place.databasePath) == expected, "\(form)")
                #expect(try DatabaseContent.brokenInvariants(place.databasePath).isEmpty, "\(form)")
            }
            print("\(days.count) days in \(DeliveryForm.allCases.count) forms: the same database as from plain files")
        }
    }
}

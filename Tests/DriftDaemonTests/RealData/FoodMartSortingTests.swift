import Foundation
import GRDB
import Testing

/// Nested lines of JSON that are not in the order of their time: three months of a supermarket chain in one file of
/// three gzip members.
@Suite(.enabled(if: SharedData.isPresent, "needs ../shared/data/foodmart"))
struct FoodMartSortingTests {
    static let model = """
        model: foodmart
        timezone: America/Los_Angeles
        events:
          purchase: {fields: {amount: number, product: text}}
          profile: {sets: [gender, income]}
        attributes: {gender: text, income: text}
        features:
          recency: {days_since: last, of: purchase}
          spend: {sum: amount, of: purchase, over: 30d}
          products: {distinct: product, of: purchase}
        segmentations:
          value:
            segments:
              - {id: high, rank: 1, when: "spend >= 100 AND recency <= 14"}
              - {id: active, rank: 2, when: "recency <= 14 AND products >= 3"}
              - {id: quiet, rank: 3, otherwise: true}
        """

    static let source = """
          - name: mart
            format: ndjson
            map:
              customer: customer_id
              type: "'purchase'"
              at: "timestamp(the_date, 'M/d/yyyy hh:mm:ss a', 'America/Los_Angeles')"
              id: '"_id.$oid"'
              amount: number(store_sales)
              product: product_id
            also:
              - {type: "'profile'", gender: gender, income: yearly_income}
        """

    static func run(budget: String) async throws -> Workplace {
        let place = try Workplace(
            model: model, settings: "wall_lag: never\nmemory_budget: \(budget)", sources: source)
        let folder = try #require(SharedData.root).appendingPathComponent("data/foodmart")
        let members = try (1...3).map { month in
            try Data(contentsOf: folder.appendingPathComponent("sales_1997-0\(month).ndjson.gz"))
        }
        try members.reduce(Data(), +).write(to: try place.incoming("mart").appendingPathComponent("quarter.ndjson"))
        try await place.run()
        return place
    }

    @Test func theOrderThroughFilesIsThatOfMemory() async throws {
        let small = try await Self.run(budget: "8MiB")
        let large = try await Self.run(budget: "1GiB")
        #expect(try DatabaseContent.differences(small.databasePath, large.databasePath) == [])
        #expect(try DatabaseContent.brokenInvariants(small.databasePath) == [])
        // In the order of their time no record is late, and all are accepted.
        let counts = try await DatabaseContent.open(small.databasePath).read { db in
            try String.fetchOne(
                db, sql: "SELECT late || ' ' || (records > 20000) || ' ' || (records - accepted) FROM files")
        }
        #expect(counts == "0 1 0")
    }
}

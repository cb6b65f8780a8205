import DriftDaemon
import DriftModel
import Foundation
import GRDB
import Testing

/// A month of the real shop as its operator lives through it: each morning the file of the day before, and what the
/// daemon has to say. Prints the messages; catches a daemon that talks too much, or tells of moves one by one that
/// belong together.
@Suite(.enabled(if: SharedData.isPresent, "needs ../shared/data/online-retail"), .serialized)
struct RetailMonthTests {
    private static let firstDay = "2011-05-01"

    private struct Message {
        var at: String
        var severity: String
        var rule: String
        var kind: String
        var summary: String
    }

    @Test func aMonthOfTheShopFitsOnAPage() async throws {
        try await OnlineRetailTests.withDays { days in
            let place = try Workplace(
                model: try OnlineRetailTests.retailModel(), settings: "wall_lag: 30h", sources: OnlineRetailTests.source
            )
            func name(_ day: URL) -> String { String(day.lastPathComponent.prefix(10)) }
            // Five months are there when the daemon comes to the house.
            for day in days where name(day) < Self.firstDay { try place.drop(copyOf: day) }
            let begin = Instant(seconds: 1_304_208_000)  // 2011-05-01
            try await run(place, at: begin.advanced(bySeconds: 6 * 3_600))
            let before = try moves(place)
            for number in 0..<31 as Range<Int64> {
                let date = String(format: "2011-05-%02d", number + 1)
                for day in days where name(day) == date { try place.drop(copyOf: day) }
                try await run(place, at: begin.advanced(bySeconds: (number + 1) * 86_400 + 6 * 3_600))
            }
            let messages = try messages(place)
            let told = messages.filter { $0.at > "2011-05-01T12" }
            let transitions = try moves(place) - before
            for message in messages {
                print("\(message.at.prefix(16)) \(message.severity) \(message.rule): \(message.summary)")
            }
            let busiest = Dictionary(grouping: told) { $0.at.prefix(10) }.values.map(\.count).max() ?? 0
            print(
                "a month of the shop: \(transitions) transitions, \(told.count) messages (1 for "
                    + "\(transitions / max(1, told.count)) transitions), at most \(busiest) a day")
            // The five months before it are one message; of their last two days there is news besides.
            let first = messages.filter { $0.at <= "2011-05-01T12" }
            #expect(first.filter { $0.rule == "history" }.count == 1 && first.count <= 10)
            #expect(transitions > 1_000 && told.count * 8 < transitions)
            #expect(busiest <= 20)
            // Whatever a rule is about is a row: told, in a digest, or with the reason why not.
            let unexplained = try await DatabaseContent.open(place.databasePath).read { db in
                try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM alerts WHERE state = 'suppressed' AND suppressed_by IS NULL") ?? -1
            }
            #expect(unexplained == 0)
            // Each message fits a phone's screen.
            #expect(told.allSatisfy { $0.summary.count <= 480 }, "\(told.map(\.summary.count).max() ?? 0)")
        }
    }

    private func run(_ place: Workplace, at wall: Instant) async throws {
        var world = World.real(environment: [:])
        world.now = { wall }
        _ = try await DaemonRunner.run(RunOptions(configPath: place.configPath, once: true), world: world)
    }

    private func moves(_ place: Workplace) throws -> Int {
        try DatabaseContent.open(place.databasePath).read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM transitions") ?? 0
        }
    }

    private func messages(_ place: Workplace) throws -> [Message] {
        try DatabaseContent.open(place.databasePath).read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT a.created_at, a.severity, a.rule, a.kind, a.summary FROM alerts AS a
                    JOIN deliveries AS d ON d.alert_id = a.alert_id AND d.destination = 'ops' AND d.state = 'delivered'
                    ORDER BY a.created_at, d.delivered_at, a.rule
                    """
            ).map { Message(at: $0[0], severity: $0[1], rule: $0[2], kind: $0[3], summary: $0[4]) }
        }
    }
}

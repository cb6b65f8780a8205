import DriftDaemon
import DriftModel
import Foundation
import GRDB
import Testing

/// The bank's example model through the whole daemon, on made-up accounts: when no file comes for two years, birthdays
/// and what leaves its window still move customers, each on its local midnight.
@Suite(.enabled(if: SharedData.root != nil, "needs ../shared/examples/bank.yaml"))
struct BankDaemonTests {
    static let customerCount = 60

    /// Prague: summer time from the last Sunday of March to that of October, at 01:00 UTC.
    static func midnight(_ day: DayNumber) -> Int64 {
        func lastSunday(_ month: Int, _ year: Int) -> DayNumber {
            let last = CivilDate(year: year, month: month, day: 31).dayNumber
            // 1970-01-04 was a Sunday.
            return last - (last - 3) % 7
        }
        let year = CivilDate(day: day).year
        let isSummer = day > lastSunday(3, year) && day <= lastSunday(10, year)
        return Int64(day) * 86_400 - (isSummer ? 7_200 : 3_600)
    }

    static func text(_ day: DayNumber) -> String {
        let date = CivilDate(day: day)
        func padded(_ number: Int, _ width: Int) -> String {
            String(repeating: "0", count: width - "\(number)".count) + "\(number)"
        }
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
    }

    struct Account {
        var name: String
        var born: DayNumber
        var creditDay: DayNumber
        var amount: Int
    }

    /// Somebody is born on every kind of day, 29 February too; each has one credit in January 2024.
    static let accounts: [Account] = (0..<customerCount).map { index in
        let year = [1998, 1989, 1964, 1996][index % 4]
        var born = CivilDate(year: year, month: 1, day: 1).dayNumber + Int32(index * 11 % 365)
        if index % 4 == 3 { born = CivilDate(year: 1996, month: 2, day: 29).dayNumber }
        return Account(
            name: "k\(index)", born: born,
            creditDay: CivilDate(year: 2024, month: 1, day: 3).dayNumber + Int32(index % 25),
            amount: [20_000, 70_000, 200_000, 5_000][index / 4 % 4])
    }

    static var file: String {
        var lines = ["customer,type,at,amount,operation,status,birth_date,sex,district,average_salary"]
        for account in accounts {
            lines.append("\(account.name),profile,2024-01-02 09:00:00,,,,\(text(account.born)),F,Praha,9000")
            lines.append("\(account.name),credit,\(text(account.creditDay)) 12:00:00,\(account.amount),cash,,,,,")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Day of life stages' borders after 2024-01-28, up to the end of 2025.
    static func birthdays(_ account: Account) -> [DayNumber] {
        let born = CivilDate(day: account.born)
        return [26, 35, 60].compactMap { age in
            let year = born.year + age
            let isLeap = year % 4 == 0
            let day =
                born.month == 2 && born.day == 29 && !isLeap
                ? CivilDate(year: year, month: 3, day: 1).dayNumber
                : CivilDate(year: year, month: born.month, day: born.day).dayNumber
            let isAhead = day > account.creditDay && day <= CivilDate(year: 2025, month: 12, day: 31).dayNumber
            return isAhead ? day : nil
        }
    }

    @Test func birthdaysAndWindowsMoveCustomersWithoutAnEvent() async throws {
        let model = try String(
            contentsOf: try #require(SharedData.root).appendingPathComponent("examples/bank.yaml"), encoding: .utf8)
        let place = try Workplace(model: model, settings: "wall_lag: 0s", sources: "  - {name: shop, format: csv}")
        try place.drop("accounts.csv", Self.file)
        try await place.run(asOf: Instant(seconds: Self.midnight(Self.accounts[0].creditDay + 30)))
        // Nothing more comes; the clock goes on, in two steps.
        try await place.run(asOf: Instant(seconds: Self.midnight(CivilDate(year: 2024, month: 11, day: 5).dayNumber)))
        try await place.run(asOf: Instant(seconds: Self.midnight(CivilDate(year: 2025, month: 12, day: 31).dayNumber)))
        #expect(try DatabaseContent.brokenInvariants(place.databasePath).isEmpty)
        let found = try Self.movesByTime(place)
        var expected: [String] = []
        for account in Self.accounts {
            for day in Self.birthdays(account) {
                let age = CivilDate(day: day).year - CivilDate(day: account.born).year
                let stage = age < 35 ? "settling" : age < 60 ? "family" : "senior"
                expected.append("\(account.name) life_stage \(stage) \(Self.stamp(day))")
            }
            if account.amount >= 15_000 {
                expected.append("\(account.name) wealth low_income \(Self.stamp(account.creditDay + 90))")
            }
        }
        #expect(found.sorted() == expected.sorted())
        #expect(expected.count > 60)
        print("bank: \(expected.count) moves by time alone, as calculated")
    }

    /// Customer, segmentation, segment and instant of each.
    private static func movesByTime(_ place: Workplace) throws -> [String] {
        try DatabaseContent.open(place.databasePath).read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT customer || ' ' || segmentation || ' ' || to_segment || ' ' || effective_at AS move
                    FROM transitions WHERE cause = 'time'
                    """
            ).map { $0["move"] ?? "" }
        }
    }

    /// As the views write instants.
    private static func stamp(_ day: DayNumber) -> String {
        TimestampText.string(Instant(seconds: midnight(day)))
    }
}

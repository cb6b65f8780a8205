import DriftModel
import Foundation
import Glibc
import Testing

@Suite struct ZoneRulesTests {
    static let zones = [
        "Europe/London", "Europe/Prague", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia",
        "Africa/Casablanca", "America/Nuuk", "UTC",
    ]

    /// The C library's opinion on one zone, which it reads from the same files with code of its own.
    private static func offsetsByLibrary(_ zone: String, _ instants: [Int64]) -> [Int] {
        unsafe setenv("TZ", ":\(zone)", 1)
        tzset()
        defer {
            unsafe unsetenv("TZ")
            tzset()
        }
        return instants.map { seconds in
            var time = time_t(seconds)
            var parts = unsafe tm()
            unsafe localtime_r(&time, &parts)
            return unsafe Int(parts.tm_gmtoff)
        }
    }

    @Test func offsetsAreThoseOfTheCLibrary() throws {
        for zone in Self.zones {
            var random = SplitMix64(seed: 7)
            // 1930 to 2199.
            let instants = (0..<3_000).map { _ in Int64(random.below(8_520_000_000)) - 1_262_000_000 }
            let rules = try #require(testZone(zone))
            let expected = Self.offsetsByLibrary(zone, instants)
            for (instant, offset) in zip(instants, expected) {
                #expect(Int(rules.offset(atUTCSeconds: instant)) == offset, "\(zone) at \(instant)")
            }
            for change in rules.changesAt {
                let around = [change - 1, change]
                #expect(
                    Self.offsetsByLibrary(zone, around) == around.map { Int(rules.offset(atUTCSeconds: $0)) },
                    "\(zone) at \(change)")
            }
        }
    }

    @Test func aSkippedLocalTimeMovesForwardByTheGap() throws {
        let london = try #require(testZone("Europe/London"))
        // 2026-03-29 01:30 does not exist: clocks went from 01:00 to 02:00.
        #expect(
            try evaluate("timestamp('2026-03-29 01:30')", zone: london) == evaluate("timestamp('2026-03-29T01:30:00Z')")
        )
        #expect(
            try evaluate("timestamp('2026-03-29 02:30')", zone: london) == evaluate("timestamp('2026-03-29T01:30:00Z')")
        )
    }

    @Test func aRepeatedLocalTimeIsTheFirst() throws {
        let london = try #require(testZone("Europe/London"))
        #expect(
            try evaluate("timestamp('2026-10-25 01:30')", zone: london) == evaluate("timestamp('2026-10-25T00:30:00Z')")
        )
        let howe = try #require(testZone("Australia/Lord_Howe"))
        // Half an hour is repeated there: 01:45 comes at +11:00, then at +10:30.
        #expect(
            try evaluate("timestamp('2026-04-05 01:45')", zone: howe)
                == evaluate("timestamp('2026-04-05T01:45:00+11:00')"))
    }

    @Test func aSkippedDayBeginsWhereTheNextDoes() throws {
        let apia = try #require(testZone("Pacific/Apia"))
        let skipped = CivilDate(year: 2011, month: 12, day: 30).dayNumber
        #expect(apia.startOfDay(skipped) == apia.startOfDay(skipped + 1))
        #expect(apia.localDay(of: apia.startOfDay(skipped + 1)) == skipped + 1)
    }

    @Test func aDayBeginsAtItsFirstInstant() throws {
        for zone in Self.zones {
            let rules = try #require(testZone(zone))
            for day in DayNumber(10_000)..<20_000 where zone != "Pacific/Apia" || day != 15_338 {
                let start = rules.startOfDay(day)
                #expect(rules.localDay(of: start) == day, "\(zone), day \(day)")
                #expect(rules.localDay(of: start.advanced(bySeconds: -1)) < day, "\(zone), day \(day)")
            }
        }
    }

    @Test func bytesThatAreNoZoneAreRefused() {
        #expect(ZoneRules(name: "x", tzif: []) == nil)
        var random = SplitMix64(seed: 3)
        let london = Array(FileManager.default.contents(atPath: "/usr/share/zoneinfo/Europe/London") ?? Data())
        for _ in 0..<2_000 {
            var bytes = london
            for _ in 0..<random.below(8) where !bytes.isEmpty {
                bytes[random.below(bytes.count)] = UInt8(random.below(256))
            }
            bytes.removeLast(random.below(bytes.count / 2 + 1))
            let rules = ZoneRules(name: "x", tzif: bytes)
            #expect(rules == nil || rules?.changesAt.count == rules?.offsets.count)
        }
    }
}

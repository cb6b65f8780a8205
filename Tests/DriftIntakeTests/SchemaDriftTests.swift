import DriftModel
import Testing

@testable import DriftIntake

@Suite struct SchemaDriftTests {
    @Test func theOrderOfColumnsSaysNothing() {
        #expect(SchemaDrift(from: ["a", "b"], to: ["b", "a"]) == nil)
        #expect(SchemaDrift.version(of: ["a", "b"]) == SchemaDrift.version(of: ["b", "a"]))
        #expect(SchemaDrift.version(of: ["a", "b"]) != SchemaDrift.version(of: ["ab"]))
    }

    @Test func newMissingAndRenamedColumnsAreToldApart() {
        #expect(SchemaDrift(from: ["a", "b"], to: ["a", "b", "c"])?.words == "new 'c'")
        #expect(SchemaDrift(from: ["a", "b", "c"], to: ["a", "c"])?.words == "missing 'b'")
        #expect(SchemaDrift(from: ["a", "b", "c"], to: ["a", "x", "c"])?.words == "renamed 'b' to 'x'")
        #expect(
            SchemaDrift(from: ["CustomerID", "at"], to: ["at", "Customer_ID", "total"])?.words
                == "renamed 'CustomerID' to 'Customer_ID'; new 'total'")
        #expect(
            SchemaDrift(from: ["a", "price"], to: ["a", "weather", "when"])?.words
                == "missing 'price'; new 'weather', 'when'")
    }
}

@Suite struct DelayCountsTests {
    @Test func quantilesAreWithinABucketOfTheTruth() throws {
        for seconds in [0, 1, 59, 3_600, 86_400, 5_000_000] as [Int64] {
            var delays = DelayCounts()
            delays.add(seconds: seconds, count: 7)
            let found = try #require(delays.quantile(0.5))
            #expect(found >= seconds && Double(found) <= Double(seconds + 1) * 1.1 + 1, "\(seconds): \(found)")
        }
    }

    @Test func historyIsNoDelay() {
        var delays = DelayCounts()
        delays.add(seconds: 61 * 86_400, count: 1_000)
        #expect(delays.total == 0 && delays.quantile(0.5) == nil && delays.wallLagHours == nil)
        delays.add(seconds: 3_000, count: 99)
        delays.add(seconds: 100_000, count: 1)
        #expect(delays.wallLagHours == 1)
        #expect(delays.quantile(1).map { $0 >= 100_000 } == true)
    }

    @Test func aClockThatIsAheadCountsAsNoDelay() {
        var delays = DelayCounts()
        delays.add(seconds: -30)
        #expect(delays.quantile(1) == 0)
    }
}

import DriftDaemon
import DriftModel
import Foundation
import GRDB
import Testing

/// What a person decides about the quarantine happens once, to what it was decided about.
@Suite struct RequeueTests {
    /// As the first release of a configuration may be: amounts with a currency cannot be read.
    static let strict = """
          - name: shop
            format: csv
            max_quarantined: 0.8
            map: {customer: customer, type: type, at: at, id: id, amount: number(amount)}
        """
    static let mended = """
          - name: shop
            format: csv
            max_quarantined: 0.8
            map: {customer: customer, type: type, at: at, id: id, amount: "number(replace(amount, ' EUR', ''))"}
        """

    static func file(_ day: String = "2026-01-10") -> String {
        CrashTests.day(
            day,
            [
                "a,purchase,DAY 09:00:00,1,120", "b,purchase,DAY 10:00:00,2,90 EUR", ",purchase,DAY 10:30:00,3,5",
                "c,purchase,DAY 11:00:00,4,oops", "a,purchase,DAY 12:00:00,5,30 EUR", "d,visit,DAY 13:00:00,6,",
            ])
    }

    static func decide<Command: ControlCommand>(_ command: Command, _ place: Workplace) async throws -> Command.Reply {
        let world = World.real(environment: [:])
        let (configuration, _) = try Setup.loadConfiguration(path: place.configPath, world: world)
        return try await ControlClient(configuration: configuration, now: world.now).perform(command)
    }

    static func ledger(_ place: Workplace) throws -> [String] {
        try DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT file_id || ' ' || name || ' ' || state || ' ' || records || ' = ' || accepted || ' + '
                        || duplicates || ' dup + ' || ignored || ' ign + ' || quarantined || ' q' FROM files ORDER BY file_id
                    """)
        }
    }

    static func quarantined(_ place: Workplace) throws -> [String] {
        try DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(
                db, sql: "SELECT ifnull(record, '-') || ' ' || code FROM quarantined ORDER BY file_id, record")
        }
    }

    func place() async throws -> Workplace {
        let place = try Workplace(model: CrashTests.model, sources: Self.strict)
        try place.drop("1.csv", Self.file())
        try await place.run()
        #expect(try Self.ledger(place) == ["1 1.csv archived 6 = 1 + 0 dup + 1 ign + 4 q"])
        return place
    }

    @Test func afterTheMappingIsMendedExactlyTheRecordsNotYetAppliedAre() async throws {
        let place = try await place()
        try place.rewrite(sources: Self.mended)
        #expect(try await Self.decide(QuarantineRequeue(QuarantineChoice(file: 1)), place).records == 4)
        try await place.run()
        #expect(
            try Self.ledger(place) == [
                "1 1.csv archived 2 = 1 + 0 dup + 1 ign + 0 q", "2 1.csv archived 4 = 2 + 0 dup + 0 ign + 2 q",
            ])
        #expect(try Self.quarantined(place) == ["3 missing_field", "4 unreadable_field"])
        let spent = try await DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(db, sql: "SELECT customer || ' ' || events FROM customers ORDER BY customer")
        }
        #expect(spent == ["a 2", "b 1"])
        #expect(VerifyTests.findings(try VerifyTests.verify(place)) == [])
    }

    /// Catches records that are applied again, or lost, when the same decision is made again.
    @Test func whatCannotBeUsedStaysHoweverOftenItIsTried() async throws {
        let place = try await place()
        for _ in 0..<3 {
            #expect(try await Self.decide(QuarantineRequeue(QuarantineChoice(source: "shop")), place).records == 4)
            try await place.run()
            #expect(try Self.quarantined(place).count == 4)
        }
        try place.rewrite(sources: Self.mended)
        #expect(try await Self.decide(QuarantineRequeue(QuarantineChoice()), place).records == 4)
        try await place.run()
        #expect(try Self.quarantined(place) == ["3 missing_field", "4 unreadable_field"])
        #expect(VerifyTests.findings(try VerifyTests.verify(place)) == [])
    }

    @Test func oneReasonAloneIsTried() async throws {
        let place = try await place()
        try place.rewrite(sources: Self.mended)
        let outcome = try await Self.decide(QuarantineRequeue(QuarantineChoice(code: "missing_field")), place)
        #expect(outcome.records == 1)
        try await place.run()
        #expect(try Self.quarantined(place).count == 4)
        #expect(try await Self.decide(QuarantineRequeue(QuarantineChoice(code: "nothing")), place).records == 0)
    }

    @Test func aFileRefusedWholeIsReadAnew() async throws {
        let place = try Workplace(
            model: CrashTests.model, sources: Self.strict.replacingOccurrences(of: "0.8", with: "0.1"))
        try place.drop("1.csv", Self.file())
        try await place.run()
        #expect(try Self.ledger(place) == ["1 1.csv quarantined 6 = 0 + 0 dup + 0 ign + 6 q"])
        #expect(try place.spool("quarantine") == ["1-1.csv", "1.reason.json"])
        try place.rewrite(sources: Self.mended)
        #expect(try await Self.decide(QuarantineRequeue(QuarantineChoice(file: 1)), place).files == 1)
        #expect(try place.spool("quarantine") == [])
        try await place.run()
        #expect(
            try Self.ledger(place) == [
                "1 1.csv requeued 0 = 0 + 0 dup + 0 ign + 0 q", "2 1.csv archived 6 = 3 + 0 dup + 1 ign + 2 q",
            ])
        // Delivered again, it is a duplicate.
        try place.drop("again.csv", Self.file())
        try await place.run()
        #expect(try Self.ledger(place).last == "3 again.csv duplicate 6 = 0 + 6 dup + 0 ign + 0 q")
        #expect(VerifyTests.findings(try VerifyTests.verify(place)) == [])
    }

    @Test func whatIsGivenUpIsDeletedAndCountsAsIgnored() async throws {
        let place = try await place()
        #expect(try await Self.decide(QuarantineDrop(QuarantineChoice(code: "missing_field")), place).records == 1)
        #expect(try Self.ledger(place) == ["1 1.csv archived 6 = 1 + 0 dup + 2 ign + 3 q"])
        try place.rewrite(sources: Self.strict.replacingOccurrences(of: "0.8", with: "0.1"))
        try place.drop("2.csv", Self.file("2026-01-11"))
        try await place.run()
        #expect(try await Self.decide(QuarantineDrop(QuarantineChoice(file: 2)), place).files == 1)
        #expect(try place.spool("quarantine") == [])
        #expect(try Self.ledger(place).last == "2 2.csv dropped 6 = 0 + 0 dup + 0 ign + 6 q")
        #expect(try DatabaseContent.brokenInvariants(place.databasePath) == [])
    }

    /// A file whose numbers of records changed with the configuration: which were refused cannot be told.
    @Test func recordsAreNotTakenForOthersWhenTheFileReadsDifferently() async throws {
        let place = try await place()
        try place.rewrite(
            sources: Self.strict.replacingOccurrences(
                of: "format: csv", with: "format: csv\n    csv: {header: false}"))
        _ = try await Self.decide(QuarantineRequeue(QuarantineChoice(file: 1)), place)
        try await place.run()
        #expect(try Self.ledger(place).last?.contains("quarantined 4 = 0") == true)
        try place.rewrite(sources: Self.mended)
        #expect(try await Self.decide(QuarantineRequeue(QuarantineChoice(file: 2)), place).records == 4)
        try await place.run()
        #expect(try Self.quarantined(place) == ["3 missing_field", "4 unreadable_field"])
    }
}

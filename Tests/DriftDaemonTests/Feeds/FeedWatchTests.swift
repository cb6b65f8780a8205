import DriftModel
import DriftStore
import Foundation
import Testing

/// A source whose files change their form, through the daemon.
@Suite struct FeedWatchTests {
    static let model = """
        model: feeds
        timezone: UTC
        events: {purchase: {fields: {amount: number, item: text}}}
        features: {n: {count: purchase}}
        segmentations: {value: {segments: [{id: many, when: "n >= 2"}, {id: few, otherwise: true}]}}
        alerts:
          - {name: dirty, on: intake, source: shop, quarantined_above: 0.5, notify: [ops]}
        """
    static let sources = """
          - name: shop
            format: auto
            max_quarantined: 1
            map: {customer: who, type: "'purchase'", at: day, amount: number(amount)}
          - name: other
            format: csv
        """

    static func place() throws -> Workplace { try Workplace(model: model, sources: sources) }

    /// Drops a file and lets a daemon of its own take it in.
    static func take(_ place: Workplace, _ name: String, _ text: String, source: String = "shop") async throws {
        try place.drop(name, text, source: source)
        try await place.run()
    }

    static func forms(_ place: Workplace) throws -> [FeedForm] {
        try StoreReader.open(path: place.databasePath).feedForms()
    }

    static func alerts(_ place: Workplace) throws -> [String] {
        try StoreReader.open(path: place.databasePath).query("SELECT summary FROM alerts ORDER BY created_at, summary")
            .rows.map { if case .text(let text) = $0[0] { text } else { "" } }
    }

    @Test func oneAlertPerNewFormAndNoneForFormsSeenBefore() async throws {
        let place = try Self.place()
        try await Self.take(place, "1.csv", "who,day,amount,country\nA,2026-01-01,1,DE\n")
        try await Self.take(place, "2.csv", "who,day,amount,country\nA,2026-01-02,1,DE\n")
        #expect(try Self.alerts(place) == [])
        try await Self.take(place, "3.csv", "who,day,amount,channel_of_sale,shop\nA,2026-01-03,1,web,x\n")
        let first =
            "Source shop has another form from 3.csv on: 'country' is missing; 'channel_of_sale' is new; "
            + "'shop' is new. Look: segdrift files --forms --source shop"
        #expect(try Self.alerts(place) == [first])
        try await Self.take(place, "4.csv", "who,day,amount,channel_of_sale,shop\nA,2026-01-04,1,web,x\n")
        try await Self.take(place, "5.csv", "who,day,amount,country\nA,2026-01-05,1,DE\n")
        try await Self.take(place, "6.csv", "shop,who,day,amount,channel_of_sale\nx,A,2026-01-06,1,web\n")
        #expect(try Self.alerts(place) == [first])
        let forms = try Self.forms(place)
        #expect(forms.map(\.version) == [1, 2])
        #expect(forms.map(\.lastFileID) == [5, 6])
        #expect(forms[1].names == ["who", "day", "amount", "channel_of_sale", "shop"])
        let body = try String(contentsOf: place.root.appending(path: "alerts.ndjson"), encoding: .utf8)
        #expect(body.contains(#""type":"segdrift.intake.v1""#))
        #expect(body.contains(#""new":["channel_of_sale","shop"],"missing":["country"],"renamed":[]"#))
    }

    @Test func severalFilesOfANewFormAtOnceAreOneAlert() async throws {
        let place = try Self.place()
        try await Self.take(place, "1.csv", "who,day,amount\nA,2026-01-01,1\n")
        for day in 2...9 { try place.drop("\(day).csv", "who,day,amount,extra\nA,2026-01-0\(day),1,x\n") }
        try await place.run()
        #expect(try Self.alerts(place).count == 1)
    }

    @Test func aColumnTheMappingNeedsIsNamedThoughTheFileIsRefused() async throws {
        let place = try Self.place()
        try await Self.take(place, "1.csv", "who,day,amount\nA,2026-01-01,1\n")
        try await Self.take(place, "2.csv", "who,day,Betrag\nA,2026-01-02,1\n")
        let told = "'amount' is probably 'Betrag' now (the mapping reads it); the file is refused: missing_column"
        #expect(try Self.alerts(place).map { $0.contains(told) } == [true])
        try await Self.take(place, "3.csv", "who,day,Betrag\nA,2026-01-03,1\n")
        #expect(try Self.alerts(place).count == 1)
    }

    @Test func aFirstFileThatLacksAColumnIsTold() async throws {
        let place = try Self.place()
        try await Self.take(place, "1.csv", "who,day\nA,2026-01-01\n")
        #expect(try Self.alerts(place).map { $0.contains("1 of 1 records of 1.csv was quarantined") } == [true])
    }

    @Test func membersOfJSONAreComparedAsASet() async throws {
        let place = try Self.place()
        let full = (1...30).map { #"{"who":"A","day":"2026-01-01","amount":\#($0),"note":{"by":"x"}}"# }
        try await Self.take(place, "1.ndjson", full.joined(separator: "\n") + "\n")
        // A few records without it say nothing; thirty do.
        try await Self.take(place, "2.ndjson", #"{"who":"A","day":"2026-01-02","amount":1}"# + "\n")
        #expect(try Self.forms(place).count == 1)
        let without = (1...30).map { #"{"who":"A","day":"2026-01-03","amount":\#($0),"via":"web"}"# }
        try await Self.take(place, "3.ndjson", without.joined(separator: "\n") + "\n")
        #expect(try Self.alerts(place).map { $0.contains("'note.by' is missing; 'via' is new") } == [true])
    }

    @Test func aSourceNoRuleIsAboutIsKeptWithoutAnAlert() async throws {
        let place = try Self.place()
        try await Self.take(place, "1.csv", "customer,type,at\nA,purchase,2026-01-01\n", source: "other")
        try await Self.take(place, "2.csv", "customer,type,at,amount\nA,purchase,2026-01-02,1\n", source: "other")
        #expect(try Self.alerts(place) == [])
        #expect(try Self.forms(place).map(\.change) == [nil, "'amount' is new and taken by the mapping"])
    }
}

import DriftModel
import DriftStore
import Testing

@testable import DriftIntake

@Suite struct FeedDriftTests {
    static func form(_ names: [String], id: Int64 = 1, last: Int64 = 1) -> FeedForm {
        FeedForm(
            formID: id, source: "shop", version: id, kind: .columns, firstFileID: 1, lastFileID: last,
            firstSeenAt: Hand.claim, sampled: 0, change: nil, columns: names.map { .init(name: $0, records: 0) })
    }

    static func members(_ counts: [(String, Int64)], of sampled: Int64, id: Int64 = 1, last: Int64 = 1) -> FeedForm {
        FeedForm(
            formID: id, source: "shop", version: id, kind: .members, firstFileID: 1, lastFileID: last,
            firstSeenAt: Hand.claim, sampled: sampled, change: nil,
            columns: counts.map { .init(name: $0.0, records: $0.1) })
    }

    static func sample(_ counts: [(String, Int64)], of records: Int64) -> FeedSample {
        FeedSample(
            kind: .members, names: counts.map(\.0), records: records,
            members: Dictionary(uniqueKeysWithValues: counts))
    }

    static func change(_ old: [String], _ new: [String]) -> FeedChange? {
        if case .new(let change, _) = FeedDrift.compare(FeedSample(header: new), with: [form(old)]) {
            change
        } else {
            nil
        }
    }

    @Test func theFirstFileIsNoNews() {
        #expect(FeedDrift.compare(FeedSample(header: ["a"]), with: []) == .first)
    }

    @Test func theOrderOfColumnsDoesNotMatter() {
        #expect(FeedDrift.compare(FeedSample(header: ["b", "a"]), with: [Self.form(["a", "b"])]) == .known(formID: 1))
    }

    @Test func newAndMissingColumnsAreTold() {
        #expect(
            Self.change(["id", "at", "country"], ["id", "at", "channel_of_sale", "shop"])
                == FeedChange(
                    added: ["channel_of_sale", "shop"], missing: ["country"]))
    }

    @Test func aSimilarNameIsARenaming() {
        #expect(
            Self.change(["Invoice No", "Qty"], ["invoice_no", "Qty", "x"])
                == FeedChange(
                    added: ["x"], renamed: [.init(from: "Invoice No", to: "invoice_no")]))
        #expect(
            Self.change(["Quantity", "x"], ["x", "Quantty"])
                == FeedChange(
                    renamed: [.init(from: "Quantity", to: "Quantty")]))
    }

    @Test func anotherNameInTheSamePlaceIsARenaming() {
        #expect(
            Self.change(["id", "customer", "at"], ["id", "Kunde", "at"])
                == FeedChange(
                    renamed: [.init(from: "customer", to: "Kunde")]))
        #expect(
            Self.change(["id", "customer", "at"], ["id", "at", "Kunde"])
                == FeedChange(
                    added: ["Kunde"], missing: ["customer"]))
    }

    @Test func anyKnownFormIsKnownAndTheChangeIsToldFromTheLatest() {
        let forms = [Self.form(["a", "b"], id: 1, last: 9), Self.form(["a", "b", "c"], id: 2, last: 5)]
        #expect(FeedDrift.compare(FeedSample(header: ["a", "b", "c"]), with: forms) == .known(formID: 2))
        guard case .new(let change, _) = FeedDrift.compare(FeedSample(header: ["a", "b", "zzz"]), with: forms) else {
            Issue.record("no news")
            return
        }
        #expect(change == FeedChange(added: ["zzz"]))
    }

    @Test func aRareMemberIsNotMissed() {
        let form = Self.members([("id", 1000), ("note", 10)], of: 1000)
        #expect(FeedDrift.compare(Self.sample([("id", 500)], of: 500), with: [form]) == .known(formID: 1))
    }

    @Test func aMemberThatWasExpectedIsMissed() {
        let form = Self.members([("id", 1000), ("note", 10)], of: 1000)
        let sample = Self.sample([("id", 2000)], of: 2000)
        #expect(
            FeedDrift.compare(sample, with: [form])
                == .new(FeedChange(missing: ["note"]), columns: [.init(name: "id", records: 2000)]))
    }

    @Test func aRareMemberStaysExpectedInTheNextForm() {
        let form = Self.members([("id", 1000), ("note", 10)], of: 1000)
        let sample = Self.sample([("id", 5), ("channel", 5)], of: 5)
        #expect(
            FeedDrift.compare(sample, with: [form])
                == .new(
                    FeedChange(added: ["channel"]),
                    columns: [
                        .init(name: "id", records: 5), .init(name: "channel", records: 5),
                        .init(name: "note", records: 0),
                    ]))
    }

    @Test func afterManyFormsChangesAreNoNews() {
        let forms = (1...Int64(FeedDrift.formsMax)).map { Self.form(["a", "k\($0)"], id: $0, last: $0) }
        #expect(FeedDrift.compare(FeedSample(header: ["a", "k0"]), with: forms) == .restless)
    }

    @Test func membersOfObjectsAreCountedAtTheBeginningOfAFile() throws {
        let scratch = try Scratch()
        let path = try scratch.write(
            "{\"id\":1,\"who\":{\"name\":\"a\"},\"tags\":[1,2]}\n{\"id\":2,\"who\":{\"name\":null}}\n{\"id\":3}\n",
            "x.ndjson")
        let sample = try FeedSample.read(path: path, options: Hand.plan(Hand.source { $0.format = .ndjson }).reader)
        #expect(
            sample
                == FeedSample(
                    kind: .members, names: ["id", "who.name", "tags"], records: 3,
                    members: ["id": 3, "who.name": 1, "tags": 1]))
    }

    @Test func columnsWithoutAHeaderAreNumbered() throws {
        let scratch = try Scratch()
        let path = try scratch.write("1;2;3\n4;5;6\n")
        let source = Hand.source { $0.csv.header = false }
        let sample = try FeedSample.read(path: path, options: Hand.plan(source).reader)
        #expect(sample == FeedSample(kind: .columns, names: ["c1", "c2", "c3"]))
    }

    @Test func keysThatAreDataAreNoForm() throws {
        let scratch = try Scratch()
        let text = (0..<1_200).map { "{\"k\($0)\":1}\n" }.joined()
        let path = try scratch.write(text, "x.ndjson")
        #expect(try FeedSample.read(path: path, options: Hand.plan(Hand.source { $0.format = .ndjson }).reader) == nil)
    }
}

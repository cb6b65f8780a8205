import DriftModel
import DriftStore
import Foundation
import Testing

/// Quality figures compared with counting over the files themselves.
@Suite struct QualityTests {
    static let model = """
        model: quality
        timezone: UTC
        events:
          purchase: {fields: {amount: number, item: text}}
          profile: {sets: [country]}
        attributes: {country: text}
        features: {n: {count: purchase}, s: {sum: amount, of: purchase}, c: {attribute: country}}
        segmentations: {value: {segments: [{id: many, when: "n >= 5"}, {id: few, otherwise: true}]}}
        """
    static let sources = """
          - name: shop
            format: csv
            max_quarantined: 0.9
            map: {customer: who, type: kind, at: at, id: id, amount: number(amount), item: item}
            also: [{type: "'profile'", country: country}]
        """

    /// What counting by hand says.
    struct Count {
        var records = 0
        var events: [String: Int] = [:]
        var nulls: [String: Int] = [:]
        var rejects: [String: Int] = [:]
        var delays: [Int64] = []
    }

    /// Files of dirty records, and their figures counted on the side.
    static func files(seed: UInt64, claim: Int64) -> (files: [(name: String, text: String)], count: Count) {
        var random = Dice(seed: seed)
        var count = Count()
        var files: [(String, String)] = []
        var seen: [String: String] = [:]
        for file in 0..<6 {
            var text = "who,kind,at,id,amount,item,country\n"
            var mapped: [(at: Int64, key: String?, amount: String, rest: String)] = []
            for _ in 0..<random.below(120) {
                count.records += 1
                let who = random.below(20) == 0 ? "" : "C\(random.below(10))"
                let id = random.below(4) == 0 ? "" : "\(random.below(400))"
                let age = Int64(random.below(6) == 0 ? random.below(4_000_000) : random.below(90_000))
                let at = random.below(25) == 0 ? "soon" : "\(claim - age)"
                let amount = ["", "12.5", "7", "abc", "1e13"][[0, 1, 1, 2, 2, 2, 3, 4][random.below(8)]]
                let item = random.below(3) == 0 ? "" : "tea"
                let country = random.below(2) == 0 ? "" : "DE"
                text += "\(who),purchase,\(at),\(id),\(amount),\(item),\(country)\n"
                // As the documents say, in their order: the record's fields, then its own content.
                let reason: String? =
                    who.isEmpty
                    ? "missing_field" : at == "soon" ? "unreadable_field" : amount == "abc" ? "unreadable_field" : nil
                if let reason {
                    count.rejects[reason, default: 0] += 1
                    continue
                }
                for (name, value) in [
                    ("id", id), ("purchase.amount", amount), ("purchase.item", item), ("profile.country", country),
                ] {
                    count.events[name, default: 0] += 1
                    if value.isEmpty { count.nulls[name, default: 0] += 1 }
                }
                mapped.append((at: claim - age, key: id.isEmpty ? nil : "\(who) \(id)", amount, "\(item) \(country)"))
            }
            // A file is applied in the order of time.
            for record in mapped.enumerated().sorted(by: { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }) {
                let (at, key, amount, rest) = record.element
                let content = "\(at) \(amount) \(rest)"
                if let key, let before = seen[key] {
                    if before != content { count.rejects["conflict", default: 0] += 1 }
                    continue
                }
                // Beyond ±9.2·10¹² nothing can be added up.
                if amount == "1e13" {
                    count.rejects["overflow", default: 0] += 1
                    continue
                }
                if let key { seen[key] = content }
                count.delays.append(max(0, claim - at))
            }
            files.append(("f\(file).csv", text))
        }
        return (files, count)
    }

    static func quality(_ place: Workplace) throws -> SourceQuality {
        try #require(try StoreReader.open(path: place.databasePath).quality().first)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func theFiguresAreThoseCountedOverTheFiles(seed: UInt64) async throws {
        // The claim is the later of clock and --as-of.
        let claim = Instant(seconds: 4_000_000_000)
        let (files, count) = Self.files(seed: seed, claim: claim.secondsFloor)
        for chunk in [7, 1_000] {
            let place = try Workplace(model: Self.model, sources: Self.sources)
            // One file after the other: the order of application is that of the files.
            for file in files {
                try place.drop(file.name, file.text)
                try await place.run(asOf: claim, chunkRecords: chunk)
            }
            let found = try Self.quality(place)
            #expect(found.files == 6)
            #expect(found.records == Int64(count.records), "seed \(seed)")
            for field in found.fields {
                #expect(field.events == Int64(count.events[field.name] ?? 0), "seed \(seed) \(field.name)")
                #expect(field.nulls == Int64(count.nulls[field.name] ?? 0), "seed \(seed) \(field.name)")
            }
            #expect(Set(found.fields.map(\.name)) == Set(count.events.keys))
            let rejects = Dictionary(uniqueKeysWithValues: found.rejects.map { ($0.code, Int($0.records)) })
            #expect(rejects == count.rejects, "seed \(seed)")
            var sketch = DelaySketch()
            for delay in count.delays { sketch.add(seconds: delay) }
            #expect(found.delays == sketch, "seed \(seed), chunks of \(chunk)")
        }
    }

    @Test func theSameBytesAgainChangeNothing() async throws {
        let claim = Instant(seconds: 4_000_000_000)
        let place = try Workplace(model: Self.model, sources: Self.sources)
        let text = "who,kind,at,id,amount,item,country\nA,purchase,3999990000,1,5,tea,DE\n"
        try place.drop("a.csv", text)
        try await place.run(asOf: claim)
        let before = try Self.quality(place)
        try place.drop("b.csv", text)
        try await place.run(asOf: claim)
        #expect(try Self.quality(place) == before)
        #expect(before.delays.count == 1)
    }

    @Test func aFileRefusedWholeIsCountedWithItsReason() async throws {
        let place = try Workplace(model: Self.model, sources: Self.sources)
        try place.drop("a.csv", "who,kind\nA,purchase\nB,purchase\n")
        try await place.run()
        let found = try Self.quality(place)
        #expect(found.refusals == [.init(code: "missing_column", files: 1, records: 2)])
        #expect(found.delays.isEmpty)
    }
}

/// A small generator, the same everywhere.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}

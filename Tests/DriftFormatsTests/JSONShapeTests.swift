import DriftFormats
import Testing

/// Records that look like earlier ones are read on a shorter way, with the same result: a reader that has seen many
/// lines against a new reader for each.
@Suite struct JSONShapeTests {
    static let names = [
        "id", "customer", "at", "amount", "a.b", "a", "a name that is much longer than sixteen bytes", "é",
    ]
    static let values = [
        "1", "-0.5e+3", "12.25", "\"C-17\"", "\"\"", "\"2026-01-01T00:00:00Z\"", "true", "false", "null", "\"é😀\"",
        "\"with, comma: and {braces}\"", #""q\"uote""#, #""\u0000""#, "{}", "[]", #"{"b":7}"#, "[1,{\"b\":2}]",
    ]
    /// What makes a line differ from the one it was made of.
    static let scars = ["", "x", "\"", ",", "}", "{", ":", "\\", "0", "\u{1}", " ", "tru", "nul", "-", "]", "\t"]

    /// A few shapes, drawn over and over, some of them damaged somewhere.
    static func lines(seed: UInt64, _ names: [String]) -> [String] {
        var random = SplitMix64(seed: seed)
        let space = ["", " "].randomElement(using: &random)!
        let shapes = (0..<Int.random(in: 1..<7, using: &random)).map { _ in
            (0..<Int.random(in: 0..<6, using: &random)).map { _ in names.randomElement(using: &random)! }
        }
        return (0..<200).map { _ in
            let members = shapes.randomElement(using: &random)!.map { name in
                "\"\(name)\":\(space)\(values.randomElement(using: &random)!)"
            }
            var line = Array("{\(members.joined(separator: "," + space))}".utf8)
            if Int.random(in: 0..<8, using: &random) == 0 {
                let place = Int.random(in: 0...line.count, using: &random)
                let end = min(line.count, place + Int.random(in: 0..<3, using: &random))
                line.replaceSubrange(place..<end, with: Array(scars.randomElement(using: &random)!.utf8))
            }
            return String(decoding: line, as: UTF8.self)
        }
    }

    static func compare(_ seed: UInt64, _ selection: FieldSelection, _ names: [String] = JSONShapeTests.names) {
        let lines = lines(seed: seed, names)
        let together = ndjson(lines.joined(separator: "\n"), selection: selection)
        var rows: [[String?]] = []
        var codes: [RawRecords.Reject.Code] = []
        var reasons: [String] = []
        for line in lines {
            let alone = ndjson(line, selection: selection)
            if selection == .all {
                // By name: which number a name has depends on what came before.
                rows += alone.rows.map { row in
                    together.names.map { name in
                        alone.names.firstIndex(of: name).flatMap { $0 < row.count ? row[$0] : nil }
                    }
                }
            } else {
                rows += alone.rows
            }
            codes += alone.codes
            reasons += alone.rejects.map(\.reason)
        }
        let width = together.names.count
        let found = together.rows.map { $0 + [String?](repeating: nil, count: max(0, width - $0.count)) }
        #expect(found.count == rows.count, "seed \(seed)")
        for (index, (row, expected)) in zip(found, rows).enumerated() where row != expected {
            Issue.record("seed \(seed), row \(index): \(row) instead of \(expected)")
            return
        }
        #expect(together.codes == codes && together.rejects.map(\.reason) == reasons, "seed \(seed)")
    }

    @Test(arguments: 0..<150) func whatCameBeforeChangesNothing(seed: Int) {
        Self.compare(UInt64(seed), .only(["customer", "a.b", "at", "a", "é", "amount", Self.names[6]]))
    }

    @Test(arguments: 0..<50) func norWhenAllMembersAreTaken(seed: Int) {
        // Of `a.b` as a name and as a path it is not told which is which.
        Self.compare(UInt64(seed) &+ 1_000, .all, Self.names.filter { $0 != "a.b" })
    }

    /// The readable bytes behind a block end soon after it: names and values at its very end.
    @Test(arguments: 1...40) func aShapeMayEndAtTheEndOfABlock(count: Int) {
        let line = #"{"customer":"C","at":"\#(String(repeating: "x", count: count))","n":\#(count)}"#
        let result = ndjson("\(line)\n\(line)\n\(line)", selection: .only(["customer", "n"]))
        #expect(result.rows == [[String?]](repeating: ["C", "\(count)"], count: 3))
    }
}

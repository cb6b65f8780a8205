import DriftFormats
import Foundation
import Testing

/// The same CSV read by another parser: Python's `csv` module.
@Suite(
    .enabled(
        if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "python3 is not installed"))
struct DifferentialTests {
    /// Well-formed CSV with everything that quotes may hold.
    static func text(seed: UInt64) -> String {
        var random = SplitMix64(seed: seed)
        let pieces = ["a", "b ", " c", "é", "\"", "\"\"", ",", "\n", "\r\n", ";", "\t", "'", "😀", "1.5"]
        let columns = Int.random(in: 2..<6, using: &random)
        let lineEnd = Bool.random(using: &random) ? "\n" : "\r\n"
        var rows = [(1...columns).map { "h\($0)" }.joined(separator: ",")]
        for _ in 0..<Int.random(in: 0..<40, using: &random) {
            let fields = (0..<columns).map { _ -> String in
                let value = (0..<Int.random(in: 0..<6, using: &random)).map { _ in pieces.randomElement(using: &random)!
                }.joined()
                let mustQuote = value.contains { "\",\n\r\r\n".contains($0) }
                guard mustQuote || Int.random(in: 0..<4, using: &random) == 0 else { return value }
                return "\"" + value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                    + "\""
            }
            rows.append(fields.joined(separator: ","))
        }
        return rows.joined(separator: lineEnd) + (Bool.random(using: &random) ? lineEnd : "")
    }

    @Test func pythonReadsTheSameFields() throws {
        let texts = (0..<150).map { Self.text(seed: UInt64($0) &+ 5) }
        let program = """
            import csv, io, json, sys
            texts = json.load(sys.stdin)
            json.dump([list(csv.reader(io.StringIO(t, newline=''), strict=True))[1:] for t in texts], sys.stdout)
            """
        let python = Process()
        python.executableURL = URL(filePath: "/usr/bin/python3")
        python.arguments = ["-c", program]
        let (input, output) = (Pipe(), Pipe())
        python.standardInput = input
        python.standardOutput = output
        try python.run()
        let json = try JSONSerialization.data(withJSONObject: texts)
        let writer = Thread {
            try? input.fileHandleForWriting.write(contentsOf: json); try? input.fileHandleForWriting.close()
        }
        writer.start()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        python.waitUntilExit()
        let expected = try #require(try JSONSerialization.jsonObject(with: answer) as? [[[String]]])
        #expect(expected.count == texts.count)
        for (seed, text) in texts.enumerated() {
            let result = csv(text)
            let rows = result.rows.map { $0.map { $0 ?? "missing" } }
            #expect(rows == expected[seed].filter { !$0.isEmpty }, "seed \(seed): \(text.debugDescription)")
            #expect(result.rejects.isEmpty, "seed \(seed)")
        }
    }
}

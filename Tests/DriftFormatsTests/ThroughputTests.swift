import DriftFormats
import Foundation
import Testing

/// Prints how fast the decoders are; asserts on what they read, never on time. Figures mean something in a
/// release build: `SEGDRIFT_LONG=1 swift test -c release --filter Throughput`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] == "1", "set SEGDRIFT_LONG=1"))
struct ThroughputTests {
    func measure(_ name: String, _ text: [UInt8], _ options: ReaderOptions) throws -> Int {
        let clock = ContinuousClock()
        var records = RawRecords()
        var count = 0
        let time = try clock.measure {
            let reader = RecordReader(options: options)
            var start = 0
            while !reader.isAtEnd {
                let end = min(text.count, start + 256 << 10)
                reader.push(text.span.extracting(start..<end), isLast: end == text.count)
                start = end
                while try reader.next(into: &records) {}
                count += records.records.count
                records.removeAll()
            }
        }
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
        let megabytes = Int(Double(text.count) / seconds / 1e6)
        print("\(name): \(megabytes) MB/s, \(Int(Double(count) / seconds / 1000)) thousand records/s")
        return count
    }

    @Test func decodersAtWork() throws {
        let n = 400_000
        let lines = (0..<n).map { index in
            "{\"id\":\"e-\(index)\",\"customer\":\"C-\(index % 1000)\",\"type\":\"purchase\",\"at\":\"2026-01-01T00:00:00Z\",\"amount\":\(index % 97).25}\n"
        }
        let fields = FieldSelection.only(["customer", "type", "at", "id", "amount"])
        #expect(
            try measure("NDJSON", Array(lines.joined().utf8), ReaderOptions(format: .ndjson, selection: fields)) == n)
        let rows = (0..<n).map { index in
            "\(536365 + index),85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
        }
        let header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        #expect(try measure("CSV", Array((header + rows.joined()).utf8), ReaderOptions(format: .csv)) == n)
    }
}

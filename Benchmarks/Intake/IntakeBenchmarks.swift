import DriftEngine
import DriftFormats
import DriftIntake
import DriftModel
import Foundation
import Glibc

/// How long one way through a file takes.
struct IntakeFigure {
    var name: String
    var bytes: Int
    var records: Int
    var seconds: Double

    var line: String {
        let title = name + String(repeating: " ", count: max(0, 30 - name.count))
        let rate = String(format: "%6.0f MB/s", Double(bytes) / seconds / 1e6)
        return title + rate + String(format: "%9.0f ns/record", seconds / Double(records) * 1e9)
    }
}

/// Both passes over a file as the reference workload has them, without database and engine: reading, hashing and
/// mapping alone. CPU time of this process, so that other programs count little.
enum IntakeBenchmarks {
    static func run(records: Int) throws -> [IntakeFigure] {
        let path = NSTemporaryDirectory() + "intake-bench-\(ProcessInfo.processInfo.processIdentifier).ndjson"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let text = Self.text(records)
        try text.write(to: URL(filePath: path))
        let plan = try plan()
        let context = FileContext(
            name: Array("events.ndjson".utf8), index: 0, claimedAt: Instant(seconds: 1_800_000_000),
            latestAt: Instant(seconds: 1_800_000_000))
        var figures: [IntakeFigure] = []
        func time(_ name: String, _ work: () throws -> Int) rethrows {
            let start = cpuSeconds()
            let found = try work()
            let seconds = cpuSeconds() - start
            precondition(found == records, "\(name): \(found) of \(records) records")
            figures.append(IntakeFigure(name: name, bytes: text.count, records: found, seconds: max(seconds, 1e-9)))
        }
        try time("records") { try decode(path, plan) }
        var verdict: Verdict?
        try time("first pass") {
            verdict = try FirstPass.run(path: path, plan: plan, context: context)
            return Int(verdict?.mapped ?? 0)
        }
        guard let verdict else { return figures }
        try time("second pass") {
            let stream = try ApplyStream(
                [ApplyInput(path: path, plan: plan, context: context, verdict: verdict)], chunkRecords: 65_536)
            var chunk = ApplyChunk()
            var count = 0
            while try stream.next(into: &chunk) { count += chunk.batch.records.count }
            return count
        }
        return figures
    }

    /// Of this process so far.
    private static func cpuSeconds() -> Double {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private static func decode(_ path: String, _ plan: SourcePlan) throws -> Int {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let reader = RecordReader(options: plan.reader)
        var raw = RawRecords()
        var count = 0
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + 256 << 10)
            reader.push(bytes.span.extracting(start..<end), isLast: end == bytes.count)
            start = end
            while try reader.next(into: &raw) {}
            count += raw.records.count
            raw.removeAll()
        }
        return count
    }

    /// Most are purchases, some refunds, some visits without an amount.
    private static func text(_ records: Int) -> Data {
        var text = Data()
        for number in 0..<records {
            let customer = String(number * 7_919 % 1_000_003 + 10_000_000).dropFirst()
            let at = TimestampText.string(Instant(seconds: 1_704_067_200 + Int64(number) * 60))
            let (type, amount) =
                number % 10 == 0
                ? ("visit", "")
                : ("\(number % 9 == 0 ? "refund" : "purchase")", ",\"amount\":\(number % 97).\(10 + number % 90)")
            text += Data("{\"customer\":\"c\(customer)\",\"type\":\"\(type)\",\"at\":\"\(at)\"\(amount)}\n".utf8)
        }
        return text
    }

    private static func plan() throws -> SourcePlan {
        let source = SourceConfiguration(name: "shop", directory: "/nowhere", format: .ndjson)
        let model = Model(
            name: "bench", title: nil, timezone: "UTC", grain: .day,
            eventTypes: [
                EventType(name: "purchase", fields: [0], sets: []), EventType(name: "refund", fields: [0], sets: []),
                EventType(name: "visit", fields: [], sets: []),
            ],
            attributes: [], fields: [Field(name: "amount", type: .number)], features: [], population: nil,
            segmentations: [], playbooks: [], onTransition: [], alerts: [], assumptions: [], dedupeTicks: 30,
            alertAgeSeconds: 0, valueFeature: nil, version: "v", source: "", cuts: [:])
        return try SourcePlan(source: source, model: model, zone: .utc) { $0 == "UTC" ? .utc : nil }
    }
}

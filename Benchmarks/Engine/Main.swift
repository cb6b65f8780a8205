import Glibc

/// Measures the engine alone, on the reference workload in memory, and prints a table.
///
///     swift run -c release engine-bench [EVENTS [CUSTOMERS]]
@main
struct EngineBench {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let events = arguments.first ?? 1_000_000
        let customers = arguments.dropFirst().first ?? max(1, events / 10)
        let shop = try Shop(
            model: referenceModel(), events: events, customers: customers, batchEvents: 50_000, seed: 1)
        print("\(events) events of \(customers) customers")
        for measurement in try EngineBenchmarks.run(shop) { print(measurement.line) }
    }

    /// The model beside the benchmarks.
    static func referenceModel() throws -> String {
        let path = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        return try String(decoding: bytes(of: "\(path)/reference-model.yaml"), as: UTF8.self)
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        struct Unreadable: Error { var path: String }
        guard let file = unsafe fopen(path, "r") else { throw Unreadable(path: path) }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        while true {
            let byte = unsafe fgetc(file)
            guard byte >= 0 else { return bytes }
            bytes.append(UInt8(truncatingIfNeeded: byte))
        }
    }
}

extension Measurement {
    /// One row of the table.
    var line: String {
        func padded(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let hex = String(digest, radix: 16)
        let nanoseconds = padded("\(Int(nanosecondsPerOperation.rounded()))", 6)
        let allocations = padded("\((allocationsPerOperation * 100).rounded() / 100)", 6)
        let title = name + String(repeating: " ", count: max(0, 34 - name.count))
        return "\(title)\(nanoseconds) ns and \(allocations) allocations per \(unit)"
            + ", \(operations) times, digest \(hex)"
    }
}

import Glibc

/// Writes the reference workload: NDJSON events of customers over two years, in time order, times uniform.
///
/// The customer of an event is number ⌊N·u^2.2⌋ (u uniform), so a few buy often and most seldom; 80 % purchases,
/// 10 % refunds, 10 % visits; amounts are exp(normal) around 20. Deterministic for a seed.
///
///     workload EVENTS CUSTOMERS SEED FILE
@main
struct Workload {
    /// 2024-01-01T00:00:00Z; two years follow.
    static let startSeconds: UInt64 = 1_704_067_200
    static let spanSeconds: UInt64 = 731 * 86_400

    var random: UInt64

    static func main() {
        let arguments = CommandLine.arguments.dropFirst().map { $0 }
        guard arguments.count >= 4, let events = Int(arguments[0]), let customers = Double(arguments[1]),
            let seed = UInt64(arguments[2])
        else {
            perror("usage: workload EVENTS CUSTOMERS SEED FILE")
            exit(64)
        }
        var workload = Workload(random: seed)
        workload.write(events: events, customers: customers, path: arguments[3])
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    mutating func next() -> UInt64 {
        random &+= 0x9E37_79B9_7F4A_7C15
        var z = random
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in 0 ..< 1.
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Standard normal (Box–Muller).
    mutating func normal() -> Double {
        (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
    }

    mutating func write(events: Int, customers: Double, path: String) {
        guard let file = fopen(path, "w") else {
            perror(path)
            exit(73)
        }
        var line: [UInt8] = []
        line.reserveCapacity(1 << 20)
        for index in 0..<events {
            // Evenly spaced in expectation and in order: the i-th of n uniform times.
            let seconds =
                Self.startSeconds
                + UInt64(Double(Self.spanSeconds) * (Double(index) + uniform()) / Double(events))
            append(event: index, at: seconds, customers: customers, to: &line)
            if line.count > 1 << 20 { flush(&line, file) }
        }
        flush(&line, file)
        fclose(file)
    }

    private func flush(_ bytes: inout [UInt8], _ file: UnsafeMutablePointer<FILE>) {
        fwrite(bytes, 1, bytes.count, file)
        bytes.removeAll(keepingCapacity: true)
    }

    private mutating func append(event: Int, at seconds: UInt64, customers: Double, to line: inout [UInt8]) {
        let customer = UInt64(customers * pow(uniform(), 2.2))
        let kind = uniform()
        let cents = UInt64(max(1, (exp(3.0 + 0.9 * normal()) * 100).rounded()))
        line += Array("{\"customer\":\"c".utf8)
        digits(customer, width: 7, &line)
        line += Array("\",\"type\":\"".utf8)
        line += Array((kind < 0.8 ? "purchase" : kind < 0.9 ? "refund" : "visit").utf8)
        line += Array("\",\"at\":\"".utf8)
        date(seconds, &line)
        if kind < 0.9 {
            line += Array(kind < 0.8 ? "\",\"amount\":".utf8 : "\",\"amount\":-".utf8)
            digits(cents / 100, width: 1, &line)
            line.append(UInt8(ascii: "."))
            digits(cents % 100, width: 2, &line)
            line += Array("}\n".utf8)
        } else {
            line += Array("\"}\n".utf8)
        }
    }

    private func digits(_ number: UInt64, width: Int, _ line: inout [UInt8]) {
        let text = String(number)
        for _ in 0..<max(0, width - text.utf8.count) { line.append(UInt8(ascii: "0")) }
        line += Array(text.utf8)
    }

    /// `2024-01-31T08:26:00Z`, by the days-from-civil inverse of H. Hinnant.
    private func date(_ seconds: UInt64, _ line: inout [UInt8]) {
        let days = Int(seconds / 86_400) + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        digits(UInt64(year), width: 4, &line)
        line.append(UInt8(ascii: "-"))
        digits(UInt64(month), width: 2, &line)
        line.append(UInt8(ascii: "-"))
        digits(UInt64(day), width: 2, &line)
        line.append(UInt8(ascii: "T"))
        digits(seconds % 86_400 / 3_600, width: 2, &line)
        line.append(UInt8(ascii: ":"))
        digits(seconds % 3_600 / 60, width: 2, &line)
        line.append(UInt8(ascii: ":"))
        digits(seconds % 60, width: 2, &line)
        line.append(UInt8(ascii: "Z"))
    }
}

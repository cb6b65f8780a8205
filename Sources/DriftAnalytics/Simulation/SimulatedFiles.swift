public import DriftModel

/// What can be wrong with a record of a simulated file.
public enum Dirt: String, CaseIterable, Hashable, Sendable {
    /// The line ends in the middle, as after a crash of the producer.
    case truncated
    /// A number that is none.
    case badNumber = "bad_number"
    case missingCustomer = "missing_customer"
    /// The record a second time, with its id.
    case duplicate
    /// The same id with another content.
    case conflict
    /// A day the calendar does not have.
    case wrongDate = "wrong_date"
    /// A date decades ahead.
    case future
}

/// How simulated files are written.
public enum SimulatedFormat: String, CaseIterable, Hashable, Sendable {
    case csv, ndjson
}

/// Writes a day's records as the files that the systems of the shop would drop, with as much dirt as asked for.
///
/// Dirt draws on random numbers of its own: with any amount of it, the clean records are the same.
public struct SimulatedFileWriter: Sendable {
    /// One file's bytes and where it belongs.
    public struct File: Sendable {
        public var feed: SimulatedFeed
        /// `2026-01-31.csv`
        public var name: String
        public var bytes: [UInt8]
        /// Records of the shop in it.
        public var records: Int
        /// Spoilt and additional records in it.
        public var dirt: [Dirt: Int]
    }

    public let seed: UInt64
    public let customers: Int
    /// Share of the records that are spoilt or repeated, 0…1.
    public let dirt: Double

    public init(seed: UInt64, customers: Int, dirt: Double) {
        self.seed = seed
        self.customers = customers
        self.dirt = dirt
    }

    /// The day's files, one per feed that has records.
    public func files(
        of day: SimulatedDay, format: (SimulatedFeed) -> SimulatedFormat
    ) -> [File] {
        SimulatedFeed.allCases.compactMap { feed in
            let records = day.records.filter { $0.feed == feed }
            return records.isEmpty ? nil : file(records, feed: feed, day: day.day, format: format(feed))
        }
    }

    private func file(
        _ records: [SimulatedRecord], feed: SimulatedFeed, day: DayNumber, format: SimulatedFormat
    ) -> File {
        let date = TimeText.date(day)
        var random = RandomSource(
            seed: seed ^ 0x6469_7274,
            stream: UInt64(feed.rawValue.utf8.first ?? 0) << 32 | UInt64(UInt32(bitPattern: day)))
        var spoilt: [Dirt: Int] = [:]
        var text = format == .csv ? feed.columns.joined(separator: ",") + "\n" : ""
        for (index, record) in records.enumerated() {
            var fields = fields(of: record, number: index + 1, date: date)
            let kind = random.chance(dirt) ? dirtKind(for: feed, &random) : nil
            if let kind { spoilt[kind, default: 0] += 1 }
            if kind == .duplicate || kind == .conflict { text += line(fields, feed, format) + "\n" }
            if let kind { spoil(&fields, kind, feed) }
            let whole = line(fields, feed, format)
            text += (kind == .truncated ? String(whole.prefix(whole.count / 2)) : whole) + "\n"
        }
        return File(
            feed: feed, name: "\(date).\(format.rawValue)", bytes: Array(text.utf8), records: records.count,
            dirt: spoilt)
    }

    private func dirtKind(for feed: SimulatedFeed, _ random: inout RandomSource) -> Dirt {
        let possible = Dirt.allCases.filter { feed == .shop || ($0 != .badNumber && $0 != .conflict) }
        return possible[random.below(possible.count)]
    }

    private enum Field {
        case text(String)
        case number(String)

        var text: String {
            switch self {
            case .text(let text), .number(let text): text
            }
        }
    }

    /// One field per column of the feed.
    private func fields(of record: SimulatedRecord, number: Int, date: String) -> [Field] {
        let width = String(max(0, customers - 1)).count
        let digits = String(record.customer)
        let customer = "C-" + String(repeating: "0", count: max(0, max(4, width) - digits.count)) + digits
        var fields: [Field] = [
            .text("\(record.feed.rawValue)-\(date)-\(number)"), .text(record.type), .text(customer),
            .text("\(date) \(TimeText.clock(record.second))"),
        ]
        switch record.kind {
        case .order(_, let cents, let quantity, let invoice, let item):
            fields += [.number(NumberText.fixed(Double(cents) / 100, 2)), .number(String(quantity))]
            fields += [.text("A\(100_000 + invoice)"), .text("SKU-\(item)")]
        case .visit: break
        case .profile(let country, let birthDate):
            fields += [.text(country), .text(TimeText.date(birthDate))]
        }
        return fields
    }

    private func spoil(_ fields: inout [Field], _ kind: Dirt, _ feed: SimulatedFeed) {
        switch kind {
        case .truncated, .duplicate: break
        case .badNumber: fields[4] = .text(fields[4].text.split(separator: ".").joined(separator: ",") + " EUR")
        case .missingCustomer: fields[2] = .text("")
        case .conflict: fields[4] = .number("9999.99")
        case .wrongDate: fields[3] = .text("2026-02-31 25:61:00")
        case .future: fields[3] = .text("2099-12-31 12:00:00")
        }
    }

    private func line(_ fields: [Field], _ feed: SimulatedFeed, _ format: SimulatedFormat) -> String {
        switch format {
        // Not the report's CSV: its guard against formulas would change negative amounts.
        case .csv: return fields.map { csv($0.text) }.joined(separator: ",")
        case .ndjson:
            let members = zip(feed.columns, fields).map { column, field in
                switch field {
                case .text(let text): "\"\(column)\":\(text.isEmpty ? "null" : JSONText.string(text))"
                case .number(let text): "\"\(column)\":\(text)"
                }
            }
            return "{" + members.joined(separator: ",") + "}"
        }
    }

    private func csv(_ text: String) -> String { text.contains(",") ? "\"\(text)\"" : text }
}

/// What a simulation wrote: what an intake of its files has to account for.
public struct SimulationManifest: Hashable, Sendable {
    public var files = 0
    public var bytes: Int64 = 0
    /// Records of the shop by type; repeated ones not counted.
    public var records: [String: Int] = [:]
    public var dirt: [Dirt: Int] = [:]
    public var firstDay: DayNumber?
    public var lastDay: DayNumber?

    public init() {}

    /// Adds a day and the files written for it.
    public mutating func add(_ day: SimulatedDay, _ files: [SimulatedFileWriter.File]) {
        firstDay = firstDay ?? day.day
        lastDay = day.day
        for record in day.records { records[record.type, default: 0] += 1 }
        for file in files {
            self.files += 1
            bytes += Int64(file.bytes.count)
            dirt.merge(file.dirt, uniquingKeysWith: +)
        }
    }

    /// Lines in all files, headers not counted.
    public var lines: Int { records.values.reduce(0, +) + (dirt[.duplicate] ?? 0) + (dirt[.conflict] ?? 0) }

    /// Name and value of every figure, zeros included.
    public var figures: [(name: String, value: ReportValue)] {
        var figures: [(name: String, value: ReportValue)] = [
            ("files", .count(files)), ("bytes", .integer(bytes)), ("records", .count(lines)),
            ("first_day", firstDay.map { .text(TimeText.date($0)) } ?? .null),
            ("last_day", lastDay.map { .text(TimeText.date($0)) } ?? .null),
        ]
        for type in ["purchase", "refund", "visit", "profile"] { figures.append((type, .count(records[type] ?? 0))) }
        for kind in Dirt.allCases { figures.append(("dirt_\(kind.rawValue)", .count(dirt[kind] ?? 0))) }
        return figures
    }
}

import DriftFormats

/// What one format's reader did.
struct FormatFigure {
    var name: String
    var bytes: Int
    var records: Int
    var refused: Int
    var seconds: Double

    /// One row of the table.
    var line: String {
        func padded(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let title = name + String(repeating: " ", count: max(0, 30 - name.count))
        let rate = Int(Double(bytes) / seconds / 1e6)
        let records = Int(Double(self.records) / seconds / 1e3)
        return title + padded("\(rate)", 6) + " MB/s" + padded("\(records)", 8) + " thousand records/s"
    }
}

/// Reads generated texts through ``RecordReader``, fields and all, as the daemon does.
enum FormatsBenchmarks {
    static let wanted = FieldSelection.only(["customer", "type", "at", "id", "amount"])
    /// Bytes handed over at once, as the daemon reads files.
    static let blockBytes = 256 << 10

    /// - Parameter bytesPerFormat: About how much text each format reads.
    static func run(bytesPerFormat: Int) throws -> [FormatFigure] {
        try cases.map { name, options, head, record, tail in
            // One megabyte of different records, over and over.
            let records = (0..<5_000).map(record)
            let block = Array(records.joined().utf8)
            let times = max(1, bytesPerFormat / block.count)
            return try measure(name, options, Array(head.utf8), block, times, Array(tail.utf8))
        }
    }

    private typealias Case = (
        name: String, options: ReaderOptions, head: String, record: @Sendable (Int) -> String, tail: String
    )

    private static let cases: [Case] = [
        (
            "NDJSON, 5 of 5 members", ReaderOptions(format: .ndjson, selection: wanted), "",
            { object($0) + "\n" }, ""
        ),
        (
            "NDJSON, 5 of 20 members", ReaderOptions(format: .ndjson, selection: wanted), "",
            { wideObject($0) + "\n" }, ""
        ),
        (
            "JSON array, 5 of 5 members", ReaderOptions(format: .json, selection: wanted), "[{}\n",
            { ",\(object($0))\n" }, "]"
        ),
        (
            "CSV, 5 of 8 columns", ReaderOptions(format: .csv, selection: wanted),
            "id,customer,type,at,amount,item,title,country\n", { row($0) }, ""
        ),
        (
            "CSV, quoted", ReaderOptions(format: .csv, selection: wanted),
            "id,customer,type,at,amount,item,title,country\n", { quotedRow($0) }, ""
        ),
        (
            "CSV, windows-1252",
            ReaderOptions(format: .csv, encoding: .windows1252, isEncodingAssumed: false, selection: wanted),
            "id,customer,type,at,amount,item,title,country\n", { row($0) }, ""
        ),
        (
            "XML", ReaderOptions(format: .xml, selection: .only(["@customer", "type", "at", "@id", "amount"])),
            "<orders>\n",
            { element($0) }, "</orders>"
        ),
    ]

    private static func object(_ n: Int) -> String {
        "{\"id\":\"e-\(n)\",\"customer\":\"C-\(n % 1000)\",\"type\":\"purchase\",\"at\":\"2026-01-01T00:00:00Z\",\"amount\":\(n % 97).25}"
    }

    private static func wideObject(_ n: Int) -> String {
        let others = (0..<15).map { "\"field_\($0)\":\($0 % 3 == 0 ? "\"some text \(n)\"" : "\(n * $0)")" }
        return String(object(n).dropLast()) + "," + others.joined(separator: ",") + "}"
    }

    private static func row(_ n: Int) -> String {
        "\(536_365 + n),C-\(n % 1000),purchase,2010-12-01 08:26:00,\(n % 97).25,85123A,WHITE HANGING HEART T-LIGHT HOLDER,United Kingdom\n"
    }

    private static func quotedRow(_ n: Int) -> String {
        "\"\(536_365 + n)\",\"C-\(n % 1000)\",\"purchase\",\"2010-12-01 08:26:00\",\"\(n % 97).25\",\"85123A\",\"WHITE \"\"HANGING\"\" HEART, RED\",\"United Kingdom\"\n"
    }

    private static func element(_ n: Int) -> String {
        "<order id=\"e-\(n)\" customer=\"C-\(n % 1000)\"><type>purchase</type><at>2026-01-01T00:00:00Z</at><amount>\(n % 97).25</amount></order>\n"
    }

    private static func measure(
        _ name: String, _ options: ReaderOptions, _ head: [UInt8], _ block: [UInt8], _ times: Int, _ tail: [UInt8]
    ) throws -> FormatFigure {
        let reader = RecordReader(options: options)
        var records = RawRecords()
        var figure = FormatFigure(name: name, bytes: 0, records: 0, refused: 0, seconds: 0)
        func feed(_ bytes: [UInt8], isLast: Bool) throws {
            var start = 0
            repeat {
                let end = min(bytes.count, start + blockBytes)
                reader.push(bytes.span.extracting(start..<end), isLast: isLast && end == bytes.count)
                start = end
                while try reader.next(into: &records) {}
                figure.records += records.records.count
                figure.refused += records.rejects.count
                records.removeAll()
            } while start < bytes.count
            figure.bytes += bytes.count
        }
        let clock = ContinuousClock()
        let time = try clock.measure {
            try feed(head, isLast: false)
            for _ in 0..<times { try feed(block, isLast: false) }
            try feed(tail, isLast: true)
        }
        figure.seconds = Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
        return figure
    }
}

import DriftFormats
import Foundation
import GRDB
import Testing

/// Two purchases, written in every way a producer might, through the built executable.
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable"))
struct WrittenFormsTests {
    struct Form: Sendable, CustomTestStringConvertible {
        var name: String
        var keys: String
        var bytes: [UInt8]
        var testDescription: String { name }
    }

    static let map = """
            map:
              customer: Kunde
              type: "'purchase'"
              at: "timestamp(Tag, 'dd.MM.yyyy HH:mm', 'Europe/Berlin')"
              amount: "number(Betrag, 'de')"
        """
    static let rows = [["Müller", "14.01.2026 09:30", "1.234,50"], ["Ödön", "14.01.2026 10:00", "7,25"]]

    static func csv(_ delimiter: String, _ end: String, header: Bool = true, quoted: Bool = true) -> String {
        ((header ? [["Kunde", "Tag", "Betrag"]] : []) + rows).map { row in
            row.map { quoted && $0.contains(",") ? "\"\($0)\"" : $0 }.joined(separator: delimiter) + end
        }.joined()
    }

    static func form(
        _ name: String, _ keys: String, _ text: String, _ encoding: String.Encoding = .utf8, mark: [UInt8] = []
    ) -> Form {
        Form(name: name, keys: keys, bytes: mark + Array(text.data(using: encoding) ?? Data()))
    }

    static let objects = rows.map { "{\"Kunde\": \"\($0[0])\", \"Tag\": \"\($0[1])\", \"Betrag\": \"\($0[2])\"}" }
    static let elements = rows.map { "<k Tag=\"\($0[1])\"><Kunde>\($0[0])</Kunde><p><q>\($0[2])</q></p></k>" }.joined()
    static let xmlMap = map.replacingOccurrences(of: "(Tag,", with: "(\\\"@Tag\\\",")
        .replacingOccurrences(of: "(Betrag,", with: "(\\\"p.q\\\",")

    static let all: [Form] = [
        form("commas", "format: csv\n\(map)", csv(",", "\n")),
        form("semicolons and CRLF", "format: csv\n\(map)", csv(";", "\r\n", quoted: false)),
        form("tabs and CR", "format: csv\n\(map)", csv("\t", "\r", quoted: false)),
        form("pipes", "format: auto\n\(map)", csv("|", "\n", quoted: false)),
        form("tsv", "format: tsv\n\(map)", csv("\t", "\n", quoted: false)),
        form("a byte order mark", "format: csv\n\(map)", csv(",", "\n"), mark: [0xEF, 0xBB, 0xBF]),
        form("UTF-16 LE", "format: csv\n\(map)", csv(",", "\n"), .utf16LittleEndian, mark: [0xFF, 0xFE]),
        form("UTF-16 BE", "format: csv\n\(map)", csv(",", "\r\n"), .utf16BigEndian, mark: [0xFE, 0xFF]),
        form("UTF-16 said", "format: csv\n    encoding: utf-16be\n\(map)", csv(",", "\n"), .utf16BigEndian),
        form("windows-1252 guessed", "format: csv\n\(map)", csv(",", "\n"), .windowsCP1252),
        form("iso-8859-1", "format: csv\n    encoding: latin1\n\(map)", csv(",", "\n"), .isoLatin1),
        form("iso-8859-2", "format: csv\n    encoding: iso-8859-2\n\(map)", csv(",", "\n"), .isoLatin2),
        form(
            "no header",
            "format: csv\n    csv: {header: false}\n"
                + map.replacingOccurrences(of: "Kunde", with: "c1").replacingOccurrences(of: "Tag", with: "c2")
                .replacingOccurrences(of: "Betrag", with: "c3"), csv(",", "\n", header: false)),
        form("lines of JSON", "format: ndjson\n\(map)", objects.joined(separator: "\n")),
        form("a JSON array", "format: json\n\(map)", "[" + objects.joined(separator: ",\n") + "]"),
        form("a JSON array, found out", "format: auto\n\(map)", " [" + objects.joined(separator: ",\n") + "]"),
        form("XML", "format: xml\n\(xmlMap)", "<r>\(elements)</r>"),
        form("XML, found out", "format: auto\n    xml: {record: k}\n\(xmlMap)", "<r><x/>\(elements)</r>"),
        form(
            "XML that says its encoding", "format: xml\n\(xmlMap)",
            "<?xml version='1.0' encoding='ISO-8859-1'?><r>\(elements)</r>", .isoLatin1),
        form("XML as UTF-16", "format: xml\n\(xmlMap)", "<r>\(elements)</r>", .utf16LittleEndian, mark: [0xFF, 0xFE]),
        form(
            "dirt between good records", "format: csv\n    max_quarantined: 0.9\n\(map)",
            "Kunde,Tag,Betrag\nMüller,14.01.2026 09:30,\"1.234,50\"\nragged\nx,\"open,1\ny,z\"q,1\nÖdön,14.01.2026 10:00,\"7,25\"\n"
        ),
    ]

    @Test(arguments: all) func givesTheSameTwoCustomers(form: Form) async throws {
        let place = try Workplace(
            model: CrashTests.model,
            sources: "  - name: shop\n    \(form.keys)")
        let file = try place.incoming("shop").appendingPathComponent("delivery")
        try Data(form.bytes).write(to: file)
        let end = try await DaemonProcess.capture(["run", "--once", "--config", place.configPath])
        #expect(end.end == .exited(0), "\(end.errors)")
        let customers = try DatabaseContent.rows(place.databasePath, of: "customers").map { $0.prefix { $0 != " " } }
        let files = try DatabaseContent.rows(place.databasePath, of: "files")
        #expect(customers == ["customer=Müller", "customer=Ödön"], "\(files) \(end.errors)")
        let values = try await DatabaseContent.open(place.databasePath).read { db in
            try String.fetchAll(
                db, sql: "SELECT customer || ' ' || segment || ' ' || since FROM current_segments ORDER BY customer")
        }
        #expect(values == ["Müller high 2026-01-14T08:30:00Z", "Ödön fresh 2026-01-14T09:00:00Z"])
        #expect(try DatabaseContent.brokenInvariants(place.databasePath).isEmpty)
    }

    /// The tables of encodings against the C library's.
    @Test(arguments: TextEncoding.allCases) func iconvReadsTheSameCharacters(encoding: TextEncoding) throws {
        // Windows code pages: bytes that they leave open stand for control characters here, as on the web.
        guard encoding.rawValue.hasPrefix("iso") || encoding.rawValue.hasPrefix("windows") else { return }
        for byte in stride(from: UInt8(0xA1), to: 0xFF, by: 7) {
            let name = encoding.rawValue.uppercased().replacingOccurrences(of: "WINDOWS-", with: "CP")
            let expected = iconv(byte, name)
            let text = Array("a\n".utf8) + [byte, 0x78, 0x0A]
            let reader = RecordReader(
                options: ReaderOptions(format: .csv, encoding: encoding, isEncodingAssumed: false))
            reader.push(text.span, isLast: true)
            var records = RawRecords()
            while try reader.next(into: &records) {}
            let found = records.records.first.flatMap { records.bytes(0, of: $0) }
                .map { String(decoding: $0.dropLast(), as: UTF8.self) }
            #expect(found == expected, "\(name) \(String(byte, radix: 16))")
        }
    }

    private func iconv(_ byte: UInt8, _ name: String) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/iconv")
        process.arguments = ["-f", name, "-t", "UTF-8"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        try? input.fileHandleForWriting.write(contentsOf: Data([byte]))
        try? input.fileHandleForWriting.close()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: text, as: UTF8.self) : nil
    }
}

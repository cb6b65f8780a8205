import CZstd
import Foundation

/// The ways in which the same day of a shop can be delivered.
enum DeliveryForm: String, CaseIterable, CustomStringConvertible {
    case gzip, zstd, ndjson, json, xml
    case windows1252 = "windows-1252"
    case windows1252Guessed = "windows-1252, guessed"
    case utf16 = "utf-16"

    var description: String { rawValue }

    /// The documentation's source, for files of this form.
    var source: String {
        var text = OnlineRetailTests.source
        switch self {
        case .ndjson, .json, .xml: text = text.replacingOccurrences(of: "format: csv", with: "format: \(rawValue)")
        case .windows1252:
            text = text.replacingOccurrences(of: "format: csv", with: "format: csv\n    encoding: windows-1252")
        default: break
        }
        if self == .json {
            // Nested, with an array.
            text = text.replacingOccurrences(of: "CustomerID", with: "\\\"Customer.ID\\\"")
                .replacingOccurrences(of: "customer: \\\"Customer.ID\\\"", with: "customer: '\"Customer.ID\"'")
                .replacingOccurrences(of: "number(UnitPrice)", with: "number(\\\"Prices.0\\\")")
        }
        if self == .xml {
            text = text.replacingOccurrences(of: "InvoiceNo", with: "\\\"@InvoiceNo\\\"")
                .replacingOccurrences(of: "invoice: \\\"@InvoiceNo\\\"", with: "invoice: '\"@InvoiceNo\"'")
                .replacingOccurrences(of: "format: xml", with: "format: xml\n    xml: {record: Line}")
        }
        return text
    }

    /// A day's file in this form.
    func file(of text: String) throws -> Data {
        switch self {
        case .gzip: try Self.halves(of: text).map(Self.gzip).reduce(Data(), +)
        case .zstd: Self.halves(of: text).map(Self.zstd).reduce(Data(), +)
        case .windows1252, .windows1252Guessed: text.data(using: .windowsCP1252) ?? Data()
        case .utf16: Data([0xFF, 0xFE]) + (text.data(using: .utf16LittleEndian) ?? Data())
        case .ndjson: Data(Self.rows(of: text).map { Self.object($0) + "\n" }.joined().utf8)
        case .json: Data(("[" + Self.rows(of: text).map(Self.nestedObject).joined(separator: ",\n") + "]").utf8)
        case .xml: Data(Self.document(Self.rows(of: text)).utf8)
        }
    }

    /// Two parts, to be compressed by themselves: a member or frame each.
    private static func halves(of text: String) -> [Data] {
        let bytes = Data(text.utf8)
        return [bytes.prefix(bytes.count / 2), bytes.suffix(bytes.count - bytes.count / 2)]
    }

    private static func gzip(_ bytes: Data) throws -> Data {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("segdrift-\(UUID().uuidString)")
        try bytes.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/gzip")
        process.arguments = ["-c", file.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        defer { process.waitUntilExit() }
        return output.fileHandleForReading.readDataToEndOfFile()
    }

    private static func zstd(_ bytes: Data) -> Data {
        var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
        let input = [UInt8](bytes)
        let count = unsafe ZSTD_compress(&output, output.count, input, input.count, 3)
        return Data(output.prefix(count))
    }

    // MARK: Other formats

    /// Rows by column name. The reader of separated values that is under test has no part in it.
    static func rows(of text: String) -> [[(name: String, value: String)]] {
        var rows: [[String]] = [[]]
        var field = ""
        var quoted = false
        var wasQuote = false
        for character in text.replacingOccurrences(of: "\r\n", with: "\n") {
            if quoted {
                if character == "\"" {
                    quoted = false
                    wasQuote = true
                } else {
                    field.append(character)
                }
                continue
            }
            switch character {
            case "\"":
                quoted = true
                if wasQuote { field.append("\"") }
            case ",", "\n":
                rows[rows.count - 1].append(field)
                field = ""
                if character == "\n" { rows.append([]) }
            default: field.append(character)
            }
            wasQuote = false
        }
        let names = rows.first ?? []
        return rows.dropFirst().filter { $0.count == names.count }.map { row in
            zip(names, row).map { (name: $0, value: $1) }
        }
    }

    private static func string(_ text: String) -> String {
        "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
    }

    private static func value(_ field: (name: String, value: String)) -> String {
        if field.value.isEmpty { return "null" }
        return ["Quantity", "UnitPrice"].contains(field.name) ? field.value : string(field.value)
    }

    private static func object(_ row: [(name: String, value: String)]) -> String {
        "{" + row.map { "\(string($0.name)): \(value($0))" }.joined(separator: ", ") + "}"
    }

    private static func nestedObject(_ row: [(name: String, value: String)]) -> String {
        "{"
            + row.map { field in
                switch field.name {
                case "CustomerID": "\"Customer\": {\"ID\": \(value(field))}"
                case "UnitPrice": "\"Prices\": [\(value(field)), 0]"
                default: "\(string(field.name)): \(value(field))"
                }
            }.joined(separator: ", ") + "}"
    }

    private static func document(_ rows: [[(name: String, value: String)]]) -> String {
        func escaped(_ text: String) -> String {
            text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
                .replacingOccurrences(of: "\"", with: "&quot;").replacingOccurrences(of: "£", with: "&#xA3;")
        }
        let lines = rows.map { row in
            let invoice = row.first { $0.name == "InvoiceNo" }?.value ?? ""
            return "<Line InvoiceNo=\"\(escaped(invoice))\">"
                + row.filter { $0.name != "InvoiceNo" }.map { "<\($0.name)>\(escaped($0.value))</\($0.name)>" }.joined()
                + "</Line>\n"
        }
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Day>\n" + lines.joined() + "</Day>\n"
    }
}

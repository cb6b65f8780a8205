import DriftEngine
import DriftModel
import DriftStore
import Foundation
import Testing

@testable import DriftFormats
@testable import DriftIntake

/// A fresh spool for one test, removed with it.
final class Scratch: Sendable {
    let root: String
    let files = SystemSpoolFiles()
    var layout: SpoolLayout { SpoolLayout(root: root) }
    var incoming: String { root + "/incoming/shop" }

    init() throws {
        root = NSTemporaryDirectory() + "drift-intake-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try layout.prepare(sources: [source()], files: files)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func store() throws -> Store { try Store.open(path: root + "/segdrift.sqlite") }

    func source(_ change: (inout SourceConfiguration) -> Void = { _ in }) -> SourceConfiguration {
        var source = SourceConfiguration(name: "shop", directory: root + "/incoming/shop", format: .csv)
        change(&source)
        return source
    }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ text: String, _ name: String = "x.csv", in folder: String? = nil) throws -> String {
        let path = (folder ?? incoming) + "/" + name
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root + "/" + path) }
    func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root + "/" + folder).sorted()
    }
}

/// Facts shared by the tests.
enum Hand {
    static let claim = Instant(seconds: 1_790_000_000)

    /// Events purchase {amount number, item text, on date}, refund {amount}, profile sets country and birth.
    static let model = Model(
        name: "m", title: nil, timezone: "UTC", grain: .day,
        eventTypes: [
            EventType(name: "purchase", fields: [0, 1, 2], sets: []), EventType(name: "refund", fields: [0], sets: []),
            EventType(name: "profile", fields: [], sets: [0, 1]),
        ],
        attributes: [Attribute(name: "country", type: .text), Attribute(name: "birth", type: .date)],
        fields: [
            Field(name: "amount", type: .number), Field(name: "item", type: .text), Field(name: "on", type: .date),
        ],
        features: [], population: nil, segmentations: [], playbooks: [], onTransition: [], alerts: [], assumptions: [],
        dedupeTicks: 30, alertAgeSeconds: 0, valueFeature: nil, version: "v", source: "", cuts: [:])

    static func plan(_ source: SourceConfiguration, model: Model = Hand.model) throws -> SourcePlan {
        try SourcePlan(source: source, model: model, zone: .utc) { $0 == "UTC" ? .utc : nil }
    }

    static func context(_ name: String = "x.csv") -> FileContext {
        FileContext(name: Array(name.utf8), index: 0, claimedAt: claim, latestAt: claim.advanced(bySeconds: 3600))
    }

    static func text(_ text: String, line: Int = 1) -> PositionedText {
        PositionedText(text, file: "segdrift.yaml", line: line, column: 5)
    }

    static func mapping(
        customer: String = "c", type: String = "t", at: String = "a", id: String? = nil,
        _ fields: [(String, String)] = []
    ) -> RecordMapping {
        RecordMapping(
            customer: text(customer), type: text(type, line: 2), at: text(at, line: 3), id: id.map { text($0) },
            fields: fields.map { FieldMapping(name: text($0.0, line: 4), expression: text($0.1, line: 4)) })
    }

    static func source(_ change: (inout SourceConfiguration) -> Void = { _ in }) -> SourceConfiguration {
        var source = SourceConfiguration(name: "shop", directory: "/nowhere", format: .csv)
        change(&source)
        return source
    }
}

/// What a plan makes of a text, in words: one line per record.
func mapped(_ text: String, _ source: SourceConfiguration) throws -> [String] {
    let plan = try Hand.plan(source)
    var options = plan.reader
    options.limits.recordBytesMax = 1000
    let reader = RecordReader(options: options)
    var raw = RawRecords()
    reader.push(Array(text.utf8).span, isLast: true)
    while try reader.next(into: &raw) {}
    var mapper = Mapper(plan: plan, file: Hand.context())
    var batch = RecordBatch()
    mapper.prepare(&raw)
    return raw.records.map { record in
        switch mapper.map(record, of: raw, into: &batch) {
        case .mapped: words(batch, batch.records.count - 1)
        case .skipped: "skipped"
        case .unknownType: "unknown type \(String(decoding: mapper.typeName, as: UTF8.self))"
        case .refused(let code, let reason): "\(code): \(reason)"
        }
    }
}

func words(_ batch: RecordBatch, _ index: Int, model: Model = Hand.model) -> String {
    let record = batch.records[index]
    let events = batch.events[record.events].map { event in
        let type = model.eventTypes[Int(event.type)]
        let cells = batch.cells[event.cells..<(event.cells + type.fields.count + type.sets.count)].map { cell in
            switch cell.tag {
            case .null: "NULL"
            case .number: NumberFormat.shortest(cell.number)
            case .boolean: "\(cell.boolean)"
            case .date: TimestampText.string(day: cell.day)
            case .timestamp: TimestampText.string(cell.instant)
            case .text: String(decoding: batch.text[cell.textRange], as: UTF8.self)
            }
        }
        return "\(type.name)(\(cells.joined(separator: ",")))"
    }
    let name = String(decoding: batch.text[record.customerName], as: UTF8.self)
    let id = record.idHash == nil ? "" : " #" + String(decoding: batch.text[record.id], as: UTF8.self)
    return "\(name) \(TimestampText.string(record.at)) \(events.joined(separator: " "))\(id)"
}

/// The real file system, but one file may not be moved.
struct GuardedFiles: SpoolFiles {
    var locked: String
    private let real = SystemSpoolFiles()

    init(locked: String) { self.locked = locked }

    func names(in directory: String) throws(IntakeError) -> [[UInt8]] { try real.names(in: directory) }
    func status(of name: [UInt8], in directory: String) throws(IntakeError) -> EntryStatus {
        try real.status(of: name, in: directory)
    }
    func move(_ name: [UInt8], from source: String, to newName: [UInt8], in target: String) throws(IntakeError) {
        if name == Array(locked.utf8) { throw IntakeError(.forbidden, "rename", path: locked, errorNumber: EACCES) }
        try real.move(name, from: source, to: newName, in: target)
    }
    func createDirectory(_ path: String, mode: UInt32) throws(IntakeError) {
        try real.createDirectory(path, mode: mode)
    }
    func sync(directory: String) throws(IntakeError) { try real.sync(directory: directory) }
    func write(_ bytes: [UInt8], to name: String, in directory: String) throws(IntakeError) {
        try real.write(bytes, to: name, in: directory)
    }
    func remove(_ name: [UInt8], in directory: String) throws(IntakeError) { try real.remove(name, in: directory) }
    func device(of directory: String) throws(IntakeError) -> UInt64 { try real.device(of: directory) }
}

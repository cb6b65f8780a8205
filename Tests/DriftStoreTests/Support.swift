import DriftEngine
import DriftModel
import DriftStore
import Foundation
import Testing

/// A fresh directory for one test, removed with it.
final class Scratch: Sendable {
    let directory: String
    var database: String { directory + "/segdrift.sqlite" }

    init() throws {
        directory = NSTemporaryDirectory() + "drift-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory)
        try? FileManager.default.removeItem(atPath: directory)
    }

    func store() throws -> Store { try Store.open(path: database) }
    func reader() throws -> StoreReader { try StoreReader.open(path: database) }
}

/// Models and moves made by hand: the store needs no engine.
enum Hand {
    static let axis = TimeAxis(zone: .utc, grain: .day)
    static let wall = Instant(seconds: 1_790_000_000)

    static func day(_ day: DayNumber, seconds: Int64 = 0) -> Instant {
        Instant(seconds: Int64(day) * 86_400 + seconds)
    }

    static func segment(_ id: String, rank: Int?, playbooks: [Int] = []) -> Segment {
        Segment(id: id, title: id.uppercased(), rank: rank, when: nil, stay: nil, playbooks: playbooks)
    }

    /// Two segmentations, `value` (gold, silver, lost) and `region` (home, abroad), three features.
    static func model(version: String = "v1", segmentations: [Segmentation]? = nil) -> Model {
        let features = [("recency", ValueType.number), ("spend", .number), ("country", .text), ("born", .date)].map {
            Feature(name: $0.0, type: $0.1, kind: .attribute(0), dependencies: [], isScore: false)
        }
        let playbooks = [
            Playbook(
                name: "touch",
                actions: [
                    Action(area: .serviceSupport, text: "By phone"),
                    Action(area: .fulfilmentDelivery, text: "Next day"),
                ]),
            Playbook(name: "low", actions: [Action(area: .serviceSupport, text: "Internet only")]),
            Playbook(
                name: "export",
                actions: [
                    Action(area: .fulfilmentDelivery, text: "Pallet"), Action(area: .salesChannel, text: "Resellers"),
                ]),
        ]
        return Model(
            name: "hand", title: nil, timezone: "UTC", grain: .day, eventTypes: [],
            attributes: [Attribute(name: "country", type: .text), Attribute(name: "born", type: .date)], fields: [],
            features: features, population: nil, segmentations: segmentations ?? self.segmentations,
            playbooks: playbooks, onTransition: [], alerts: [], assumptions: [], dedupeTicks: 30,
            alertAgeSeconds: 172_800, valueFeature: nil, version: version, source: "model: hand\n",
            cuts: ["m": [1, 2.5, 1e300], "empty": []])
    }

    static let segmentations = [
        Segmentation(
            name: "value", title: "Value",
            segments: [
                segment("gold", rank: 1, playbooks: [0]), segment("silver", rank: 2, playbooks: [0, 1]),
                segment("lost", rank: 3, playbooks: [1]),
            ], nearest: nil),
        Segmentation(
            name: "region", title: nil,
            segments: [segment("home", rank: nil), segment("abroad", rank: nil, playbooks: [2])], nearest: nil),
    ]

    static let comparisons = [
        ComparisonName(text: "recency <= 30", subjectText: "recency", limitText: "30"),
        ComparisonName(text: "country IN ('France', 'EIRE')", subjectText: "country", limitText: nil),
        ComparisonName(text: "spend >= 1000.5", subjectText: "spend", limitText: "1000.5"),
        ComparisonName(text: "born IS NULL", subjectText: "born", limitText: nil),
    ]

    static func file(_ name: String = "a.csv", source: String = "shop") -> NewFile {
        NewFile(
            source: source, name: Array(name.utf8), device: 1, inode: .max, size: 10, modifiedAt: wall, seenAt: wall,
            claimedAt: wall, storedPath: "incoming/\(source)/\(name)")
    }

    static func verdict(_ byte: Character = "a") -> FileVerdict {
        FileVerdict(
            sha256: String(repeating: byte, count: 64), size: 10, contentBytes: 20, format: "csv", encoding: "utf-8",
            compression: "gzip", warnings: ["odd \"quote\"", "second"], scanned: 3, rejects: 1,
            firstAt: day(10), lastAt: day(11))
    }
}

/// Builds outcomes move by move.
struct OutcomeBuilder {
    var outcome = Outcome()

    mutating func text(_ text: String) -> Cell {
        let offset = outcome.text.count
        outcome.text += Array(text.utf8)
        return .text(offset: offset, count: text.utf8.count)
    }

    mutating func move(
        _ customer: Int64, segmentation: Int32 = 0, seq: Int32, from: Int32?, to: Int32?, at: Instant,
        cause: Cause = .event, record: Int? = nil, inputs: [(Int32, Cell, Cell)] = [], flips: [Flip] = []
    ) {
        let firstInput = outcome.inputFeatures.count
        for input in inputs {
            outcome.inputFeatures.append(input.0)
            outcome.before.append(input.1)
            outcome.after.append(input.2)
        }
        let firstFlip = outcome.flips.count
        outcome.flips += flips
        outcome.transitions.append(
            Transition(
                customer: customer, segmentation: segmentation, seq: seq, from: from, to: to, effectiveAt: at,
                cause: cause, record: record, inputs: firstInput..<outcome.inputFeatures.count,
                flips: firstFlip..<outcome.flips.count))
    }
}

extension StoreReader {
    /// Rows as text, NULL as "NULL".
    func texts(_ sql: String, _ arguments: [SQLValue] = []) throws -> [[String]] {
        try query(sql, arguments).rows.map { $0.map(\.shown) }
    }
}

extension SQLValue {
    var shown: String {
        switch self {
        case .null: "NULL"
        case .integer(let value): String(value)
        case .real(let value): String(value)
        case .text(let value): value
        case .blob(let value): "x\(value.count)"
        }
    }
}

extension Store {
    /// Activates the hand-made model.
    func activateHand(_ model: Model = Hand.model()) throws -> StoredModel {
        try write { transaction in
            try transaction.activate(
                model: model, comparisons: Hand.comparisons, axis: Hand.axis, at: Hand.wall)
        }
    }
}

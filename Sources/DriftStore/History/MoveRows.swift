public import DriftEngine
import DriftModel

/// An outcome's moves as history keeps them, but for the numbers that only the transaction that writes them knows. Made
/// by the threads that work moves out, so that the one that writes them has less to do.
public struct MoveRows: Sendable {
    /// One move. Its texts lie one behind another, each from where the one before ends.
    struct Row: Sendable {
        var customer: Int64
        var segmentation: Int32
        var seq: Int32
        /// The kind of move, see ``MoveSlots``.
        var slot: Int32
        /// The file in the set, −1 for none, and the record's number.
        var file: Int32
        var record: Int64
        var effectiveAt: Int64
        /// Ends in ``MoveRows/bytes`` of the inputs, the flips (none: as before) and the record's own id (likewise).
        var inputsEnd: Int
        var flipsEnd: Int
        var idEnd: Int
    }

    /// What all moves of a slot have in common: under one model, a move's inputs follow from its segmentation and sides.
    struct Kind: Sendable {
        var segmentation: Int32
        var from: Int32?
        var to: Int32?
        var cause: Cause
        /// Indexes into ``StoredModel/featureNames``.
        var features: [Int32]
    }

    private(set) var rows: [Row] = []
    private var json = JSONWriter()
    /// Moves by slot (high half) and local day (low half).
    private(set) var counts: [UInt64: Int64] = [:]
    /// Of the slots that occur.
    private(set) var kinds: [Int32: Kind] = [:]
    private var hasKind: [Bool] = []

    public init() {}

    /// All texts, one behind another.
    var bytes: [UInt8] { json.bytes }

    /// How many moves there are.
    public var count: Int { rows.count }

    public var isEmpty: Bool { rows.isEmpty }

    /// Forgets the contents, keeps the memory.
    public mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        json.removeAll()
        counts.removeAll(keepingCapacity: true)
        kinds.removeAll(keepingCapacity: true)
        hasKind.removeAll(keepingCapacity: true)
    }

    /// Adds an outcome's moves.
    /// - Parameters:
    ///   - first: Index of the first one.
    ///   - batch: Where ``Transition/record`` points into; an empty one for moves by time alone.
    /// - Complexity: O(moves added).
    public mutating func append(
        movesOf outcome: borrowing Outcome, from first: Int = 0, batch: RecordBatch,
        model: StoredModel
    ) {
        guard first < outcome.transitions.count else { return }
        if hasKind.isEmpty { hasKind = Array(repeating: false, count: model.slots.count) }
        for index in first..<outcome.transitions.count {
            let transition = outcome.transitions[index]
            let slot = model.slots.slot(of: transition)
            if !hasKind[slot] {
                hasKind[slot] = true
                kinds[Int32(slot)] = Kind(
                    segmentation: transition.segmentation, from: transition.from, to: transition.to,
                    cause: transition.cause, features: Array(outcome.inputFeatures[transition.inputs]))
            }
            writeInputs(of: transition, outcome)
            var row = Row(
                customer: transition.customer, segmentation: transition.segmentation, seq: transition.seq,
                slot: Int32(slot), file: -1, record: 0, effectiveAt: transition.effectiveAt.microseconds,
                inputsEnd: json.bytes.count, flipsEnd: 0, idEnd: 0)
            if !transition.flips.isEmpty { writeFlips(of: transition, outcome, model) }
            row.flipsEnd = json.bytes.count
            if let place = transition.record {
                row.file = batch.records[place].file
                row.record = batch.records[place].number
                let id = batch.records[place].id
                if !id.isEmpty { json.raw(contentsOf: batch.text[id]) }
            }
            row.idEnd = json.bytes.count
            rows.append(row)
            let day = model.axis.zone.localDay(of: transition.effectiveAt)
            counts[UInt64(slot) << 32 | UInt64(UInt32(bitPattern: day)), default: 0] += 1
        }
    }

    /// Adds those of another thread's share.
    public mutating func append(_ other: borrowing MoveRows) {
        let offset = json.bytes.count
        json.raw(contentsOf: other.json.bytes)
        for row in other.rows {
            var row = row
            row.inputsEnd += offset
            row.flipsEnd += offset
            row.idEnd += offset
            rows.append(row)
        }
        for (key, count) in other.counts { counts[key, default: 0] += count }
        kinds.merge(other.kinds) { mine, _ in mine }
    }

    // MARK: Texts

    private mutating func writeInputs(of transition: borrowing Transition, _ outcome: borrowing Outcome) {
        json.raw(UInt8(ascii: "["))
        for index in transition.inputs {
            if index > transition.inputs.lowerBound { json.raw(UInt8(ascii: ",")) }
            let before = outcome.before[index]
            let after = outcome.after[index]
            if Self.isSame(before, after, outcome.text) {
                json.cell(after, text: outcome.text)
            } else {
                json.raw(UInt8(ascii: "["))
                json.cell(before, text: outcome.text)
                json.raw(UInt8(ascii: ","))
                json.cell(after, text: outcome.text)
                json.raw(UInt8(ascii: "]"))
            }
        }
        json.raw(UInt8(ascii: "]"))
    }

    /// Texts are compared by what they say, not by where they lie.
    private static func isSame(_ before: Cell, _ after: Cell, _ text: [UInt8]) -> Bool {
        guard before.tag == .text, after.tag == .text else { return before == after }
        return before.textCount == after.textCount
            && text[before.textRange].elementsEqual(text[after.textRange])
    }

    private mutating func writeFlips(
        of transition: borrowing Transition, _ outcome: borrowing Outcome, _ model: StoredModel
    ) {
        json.raw(UInt8(ascii: "["))
        for index in transition.flips {
            if index > transition.flips.lowerBound { json.raw(UInt8(ascii: ",")) }
            let flip = outcome.flips[index]
            json.raw(UInt8(ascii: "["))
            json.integer(model.comparisonIDs[Int(flip.comparison)])
            json.raw(UInt8(ascii: ","))
            json.cell(flip.before, text: outcome.text, quoted: true)
            json.raw(UInt8(ascii: ","))
            json.cell(flip.after, text: outcome.text, quoted: true)
            if !flip.limit.isNull {
                json.raw(UInt8(ascii: ","))
                json.cell(flip.limit, text: outcome.text, quoted: true)
            }
            json.raw(UInt8(ascii: "]"))
        }
        json.raw(UInt8(ascii: "]"))
    }
}

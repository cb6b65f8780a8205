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

    private(set) var rows: [Row] = []
    private var json = JSONWriter()
    /// Moves by slot (high half) and local day (low half).
    private(set) var counts: [UInt64: Int64] = [:]

    public init() {}

    /// All texts, one behind another.
    var bytes: [UInt8] { json.bytes }

    /// Forgets the contents, keeps the memory.
    public mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        json.removeAll()
        counts.removeAll(keepingCapacity: true)
    }

    /// Adds those of an outcome's moves that are not among them yet.
    /// - Parameter batch: Where ``Transition/record`` points into; nil for moves by time alone.
    /// - Complexity: O(moves added).
    public mutating func append(movesOf outcome: borrowing Outcome, batch: RecordBatch?, model: StoredModel) {
        let slots = MoveSlots(model)
        rows.reserveCapacity(outcome.transitions.count)
        for index in rows.count..<outcome.transitions.count {
            let transition = outcome.transitions[index]
            let slot = slots.slot(of: transition)
            writeInputs(of: transition, outcome)
            var row = Row(
                customer: transition.customer, segmentation: transition.segmentation, seq: transition.seq,
                slot: Int32(slot), file: -1, record: 0, effectiveAt: transition.effectiveAt.microseconds,
                inputsEnd: json.bytes.count, flipsEnd: 0, idEnd: 0)
            if !transition.flips.isEmpty { writeFlips(of: transition, outcome, model) }
            row.flipsEnd = json.bytes.count
            if let place = transition.record, let batch {
                let record = batch.records[place]
                row.file = record.file
                row.record = record.number
                if !record.id.isEmpty { json.raw(contentsOf: batch.text[record.id]) }
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
        rows.reserveCapacity(rows.count + other.rows.count)
        for row in other.rows {
            var row = row
            row.inputsEnd += offset
            row.flipsEnd += offset
            row.idEnd += offset
            rows.append(row)
        }
        for (key, count) in other.counts { counts[key, default: 0] += count }
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

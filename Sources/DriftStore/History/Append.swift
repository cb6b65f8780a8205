public import DriftEngine
public import DriftModel
import GRDB

/// The facts that make a kind of transition, in the model's own indexes.
struct KindKey: Hashable {
    var segmentation: Int32
    /// −1 is NULL.
    var from: Int32
    var to: Int32
    var cause: Cause
    var inputSet: Int64
}

extension StoreTransaction {
    /// Appends everything an outcome says about history: transitions, and the counts per day. O(transitions).
    /// - Parameters:
    ///   - batch: Where ``Transition/record`` points into; nil for moves by time alone.
    ///   - model: The active model with its numbers.
    ///   - files: ``RecordBatch/Record/file`` → file_id.
    ///   - instant: The wall clock now.
    /// - Returns: The numbers of the transitions, in the outcome's order; nil when there was none.
    @discardableResult
    public func append(
        _ outcome: borrowing Outcome, batch: RecordBatch?, model: StoredModel, files: [Int64],
        recordedAt instant: Instant
    ) throws -> ClosedRange<Int64>? {
        var counts = DayCounts()
        for appearance in outcome.appearances { counts.appeared(on: model.axis.zone.localDay(of: appearance)) }
        guard !outcome.transitions.isEmpty else {
            try save(counts)
            return nil
        }
        let slots = MoveSlots(model)
        prepareDictionaries(model, slots)
        try run("INSERT INTO recording (recorded_at) VALUES (?)", [instant.microseconds])
        let recording = db.lastInsertedRowID
        let first = try nextTransitionID()
        let block = try HistoryBlock.take(moves: Int64(outcome.transitions.count), self)
        let statement = try connection.statements().insertTransition
        statement.bind(7, recording)
        statement.bind(13, block)
        // Taken out for the time of writing: reached through the connection, every byte would be checked for access.
        var json = JSONWriter()
        swap(&json, &connection.json)
        defer { swap(&json, &connection.json) }
        var moves: [UInt64: Int64] = [:]
        for index in outcome.transitions.indices {
            let transition = outcome.transitions[index]
            let slot = slots.slot(of: transition)
            statement.bind(1, first + Int64(index))
            statement.bind(5, try kindID(of: transition, slot: slot, outcome: outcome, model: model))
            try bindOrigin(of: transition, batch, files, statement)
            try insert(transition, of: outcome, model: model, statement, &json)
            let day = model.axis.zone.localDay(of: transition.effectiveAt)
            moves[UInt64(slot) << 32 | UInt64(UInt32(bitPattern: day)), default: 0] += 1
        }
        count(moves, outcome, slots, model, &counts)
        try save(counts)
        return first...(first + Int64(outcome.transitions.count) - 1)
    }

    /// Forgets what belongs to another model.
    private func prepareDictionaries(_ model: StoredModel, _ slots: MoveSlots) {
        if connection.cachedModel != model.modelID {
            connection.forgetDictionaries()
            connection.cachedModel = model.modelID
        }
        if connection.kindBySlot.count != slots.count {
            connection.kindBySlot = Array(repeating: 0, count: slots.count)
        }
    }

    /// Moves by slot and day become flows between segments; each slot is named by any of its transitions.
    private func count(
        _ moves: [UInt64: Int64], _ outcome: borrowing Outcome, _ slots: MoveSlots, _ model: StoredModel,
        _ counts: inout DayCounts
    ) {
        var example = [Int](repeating: -1, count: slots.count)
        for index in outcome.transitions.indices { example[slots.slot(of: outcome.transitions[index])] = index }
        for (key, count) in moves {
            let transition = outcome.transitions[example[Int(key >> 32)]]
            counts.moved(
                DayCounts.Flow(
                    segmentation: model.segmentationIDs[Int(transition.segmentation)],
                    day: DayNumber(bitPattern: UInt32(truncatingIfNeeded: key)),
                    from: model.segmentID(transition.segmentation, transition.from) ?? 0,
                    to: model.segmentID(transition.segmentation, transition.to) ?? 0, cause: transition.cause), count)
        }
    }

    private func nextTransitionID() throws -> Int64 {
        (try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(transition_id) FROM transition")) ?? 0) + 1
    }

    /// Where a transition came from: file, record and the record's own id.
    private func bindOrigin(
        of transition: borrowing Transition, _ batch: RecordBatch?, _ files: [Int64], _ statement: HotStatement
    ) throws {
        guard let index = transition.record else {
            statement.bindNull(8)
            statement.bindNull(9)
            statement.bindNull(12)
            return
        }
        guard let record = batch?.records[index] else {
            throw StoreError.inconsistent("a transition names record \(index), but there is no batch")
        }
        statement.bind(8, files[Int(record.file)])
        statement.bind(9, record.number)
        guard !record.id.isEmpty, let id = batch?.text[record.id] else { return statement.bindNull(12) }
        statement.bind(12, text: id)
    }

    private func insert(
        _ transition: borrowing Transition, of outcome: borrowing Outcome, model: StoredModel,
        _ statement: HotStatement, _ json: inout JSONWriter
    ) throws {
        statement.bind(2, transition.customer)
        statement.bind(3, model.segmentationIDs[Int(transition.segmentation)])
        statement.bind(4, Int64(transition.seq))
        statement.bind(6, transition.effectiveAt.microseconds)
        Self.writeInputs(of: transition, outcome, &json)
        statement.bind(10, text: json.bytes.span)
        if transition.flips.isEmpty {
            statement.bindNull(11)
        } else {
            Self.writeFlips(of: transition, outcome, model, &json)
            statement.bind(11, text: json.bytes.span)
        }
        try statement.run()
    }

    private static func writeInputs(
        of transition: borrowing Transition, _ outcome: borrowing Outcome, _ json: inout JSONWriter
    ) {
        json.removeAll()
        json.raw(UInt8(ascii: "["))
        for index in transition.inputs {
            if index > transition.inputs.lowerBound { json.raw(UInt8(ascii: ",")) }
            let before = outcome.before[index]
            let after = outcome.after[index]
            if isSame(before, after, outcome.text) {
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

    private static func writeFlips(
        of transition: borrowing Transition, _ outcome: borrowing Outcome, _ model: StoredModel,
        _ json: inout JSONWriter
    ) {
        json.removeAll()
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

    private func kindID(
        of transition: Transition, slot: Int, outcome: borrowing Outcome, model: StoredModel
    ) throws -> Int64 {
        // A move's inputs follow from its segmentation and sides, under one model.
        let known = connection.kindBySlot[slot]
        if known != 0 { return known }
        let kindID = try kindID(ofNewMove: transition, outcome: outcome, model: model)
        connection.kindBySlot[slot] = kindID
        return kindID
    }

    private func kindID(
        ofNewMove transition: Transition, outcome: borrowing Outcome, model: StoredModel
    ) throws -> Int64 {
        let features = Array(outcome.inputFeatures[transition.inputs])
        let inputSet = try inputSetID(features, model: model)
        let key = KindKey(
            segmentation: transition.segmentation, from: transition.from ?? -1, to: transition.to ?? -1,
            cause: transition.cause, inputSet: inputSet)
        if let known = connection.kinds[key] { return known }
        let facts: StatementArguments = [
            model.modelID, model.segmentationIDs[Int(transition.segmentation)],
            model.segmentID(transition.segmentation, transition.from),
            model.segmentID(transition.segmentation, transition.to),
            transition.cause.rawValue, inputSet,
            model.direction(transition.segmentation, from: transition.from, to: transition.to)?.rawValue,
        ]
        try run(
            """
            INSERT OR IGNORE INTO transition_kind
                (model_id, segmentation_id, from_segment_id, to_segment_id, cause, input_set_id, direction)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """, facts)
        let found = try row(
            """
            SELECT kind_id FROM transition_kind WHERE model_id = ?1 AND segmentation_id = ?2
                AND ifnull(from_segment_id, 0) = ifnull(?3, 0) AND ifnull(to_segment_id, 0) = ifnull(?4, 0)
                AND cause = ?5 AND input_set_id = ?6 AND direction IS ?7
            """, facts)
        guard let found else { throw StoreError.inconsistent("a transition kind that was just written is not there") }
        let kindID: Int64 = found[0]
        connection.kinds[key] = kindID
        return kindID
    }

    private func inputSetID(_ features: [Int32], model: StoredModel) throws -> Int64 {
        if let known = connection.inputSets[features] { return known }
        var json = JSONWriter()
        json.array(features) { json, feature in json.string(model.featureNames[Int(feature)]) }
        try run("INSERT OR IGNORE INTO input_set (names) VALUES (?)", [json.text])
        let found = try row("SELECT input_set_id FROM input_set WHERE names = ?", [json.text])
        guard let found else { throw StoreError.inconsistent("an input set that was just written is not there") }
        let inputSetID: Int64 = found[0]
        connection.inputSets[features] = inputSetID
        return inputSetID
    }
}

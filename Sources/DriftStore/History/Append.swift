public import DriftEngine
public import DriftModel
import GRDB

/// A move as one model knows it.
struct MoveKey: Hashable {
    var segmentation: Int32
    /// −1 is NULL.
    var from: Int32
    var to: Int32
    var cause: Cause
}

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
        _ outcome: borrowing Outcome, batch: borrowing RecordBatch?, model: StoredModel, files: [Int64],
        recordedAt instant: Instant
    ) throws -> ClosedRange<Int64>? {
        var counts = DayCounts()
        for appearance in outcome.appearances { counts.appeared(on: model.axis.zone.localDay(of: appearance)) }
        defer { connection.json.removeAll() }
        guard !outcome.transitions.isEmpty else {
            try save(counts)
            return nil
        }
        if connection.cachedModel != model.modelID {
            connection.forgetDictionaries()
            connection.cachedModel = model.modelID
        }
        try run("INSERT INTO recording (recorded_at) VALUES (?)", [instant.microseconds])
        let recording = db.lastInsertedRowID
        let first = try nextTransitionID()
        let block = try HistoryBlock.take(moves: Int64(outcome.transitions.count), self)
        var next = first
        for transition in outcome.transitions {
            let origin = try origin(of: transition, batch: batch, files: files)
            try insert(
                transition, id: next, of: outcome, model: model, origin: origin,
                run: Run(recording: recording, block: block))
            counts.moved(
                segmentation: model.segmentationIDs[Int(transition.segmentation)],
                day: model.axis.zone.localDay(of: transition.effectiveAt),
                from: model.segmentID(transition.segmentation, transition.from) ?? 0,
                to: model.segmentID(transition.segmentation, transition.to) ?? 0, cause: transition.cause)
            next += 1
        }
        try save(counts)
        return first...(next - 1)
    }

    private func nextTransitionID() throws -> Int64 {
        (try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(transition_id) FROM transition")) ?? 0) + 1
    }

    /// What the moves of one call share.
    private struct Run {
        var recording: Int64
        var block: Int64
    }

    /// Where a transition came from: file, record and the record's own id.
    private struct Origin {
        var file: Int64?
        var record: Int64?
        var eventID: [UInt8]?
    }

    private func origin(
        of transition: Transition, batch: borrowing RecordBatch?, files: [Int64]
    ) throws -> Origin {
        guard let index = transition.record else { return Origin() }
        guard let found = batch.map({ Self.origin(index, $0, files) }) else {
            throw StoreError.inconsistent("a transition names record \(index), but there is no batch")
        }
        return found
    }

    private static func origin(_ index: Int, _ batch: RecordBatch, _ files: [Int64]) -> Origin {
        let record = batch.records[index]
        return Origin(
            file: files[Int(record.file)], record: record.number,
            eventID: record.id.isEmpty ? nil : Array(batch.text[record.id]))
    }

    private func insert(
        _ transition: Transition, id: Int64, of outcome: borrowing Outcome, model: StoredModel, origin: Origin,
        run: Run
    ) throws {
        let statement = try connection.statements().insertTransition
        statement.bind(1, id)
        statement.bind(2, transition.customer)
        statement.bind(3, model.segmentationIDs[Int(transition.segmentation)])
        statement.bind(4, Int64(transition.seq))
        statement.bind(5, try kindID(of: transition, outcome: outcome, model: model))
        statement.bind(6, transition.effectiveAt.microseconds)
        statement.bind(7, run.recording)
        statement.bind(8, origin.file)
        statement.bind(9, origin.record)
        writeInputs(of: transition, outcome)
        statement.bind(10, text: connection.json.bytes)
        if transition.flips.isEmpty {
            statement.bindNull(11)
        } else {
            writeFlips(of: transition, outcome, model)
            statement.bind(11, text: connection.json.bytes)
        }
        if let eventID = origin.eventID { statement.bind(12, text: eventID) } else { statement.bindNull(12) }
        statement.bind(13, run.block)
        try statement.run()
    }

    private func writeInputs(of transition: Transition, _ outcome: borrowing Outcome) {
        connection.json.removeAll()
        connection.json.raw(UInt8(ascii: "["))
        for index in transition.inputs {
            if index > transition.inputs.lowerBound { connection.json.raw(UInt8(ascii: ",")) }
            let before = outcome.before[index]
            let after = outcome.after[index]
            if Self.isSame(before, after, outcome.text) {
                connection.json.cell(after, text: outcome.text)
            } else {
                connection.json.raw(UInt8(ascii: "["))
                connection.json.cell(before, text: outcome.text)
                connection.json.raw(UInt8(ascii: ","))
                connection.json.cell(after, text: outcome.text)
                connection.json.raw(UInt8(ascii: "]"))
            }
        }
        connection.json.raw(UInt8(ascii: "]"))
    }

    /// Texts are compared by what they say, not by where they lie.
    private static func isSame(_ before: Cell, _ after: Cell, _ text: [UInt8]) -> Bool {
        guard before.tag == .text, after.tag == .text else { return before == after }
        return before.textCount == after.textCount
            && text[before.textRange].elementsEqual(text[after.textRange])
    }

    private func writeFlips(of transition: Transition, _ outcome: borrowing Outcome, _ model: StoredModel) {
        connection.json.removeAll()
        connection.json.raw(UInt8(ascii: "["))
        for index in transition.flips {
            if index > transition.flips.lowerBound { connection.json.raw(UInt8(ascii: ",")) }
            let flip = outcome.flips[index]
            connection.json.raw(UInt8(ascii: "["))
            connection.json.integer(model.comparisonIDs[Int(flip.comparison)])
            connection.json.raw(UInt8(ascii: ","))
            connection.json.cell(flip.before, text: outcome.text, quoted: true)
            connection.json.raw(UInt8(ascii: ","))
            connection.json.cell(flip.after, text: outcome.text, quoted: true)
            if !flip.limit.isNull {
                connection.json.raw(UInt8(ascii: ","))
                connection.json.cell(flip.limit, text: outcome.text, quoted: true)
            }
            connection.json.raw(UInt8(ascii: "]"))
        }
        connection.json.raw(UInt8(ascii: "]"))
    }

    private func kindID(
        of transition: Transition, outcome: borrowing Outcome, model: StoredModel
    ) throws -> Int64 {
        // A move's inputs follow from its segmentation and sides, under one model.
        let move = MoveKey(
            segmentation: transition.segmentation, from: transition.from ?? -1, to: transition.to ?? -1,
            cause: transition.cause)
        if let known = connection.kindByMove[move] { return known }
        let kindID = try kindID(ofNewMove: transition, outcome: outcome, model: model)
        connection.kindByMove[move] = kindID
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

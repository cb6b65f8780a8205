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
    ///   - rows: Those of the outcome's moves, as far as they are made already.
    ///   - instant: The wall clock now.
    /// - Returns: The numbers of the transitions, in the outcome's order; nil when there was none.
    @discardableResult
    public func append(
        _ outcome: borrowing Outcome, batch: RecordBatch?, model: StoredModel, files: [Int64],
        rows made: MoveRows = MoveRows(), recordedAt instant: Instant
    ) throws -> ClosedRange<Int64>? {
        var counts = DayCounts()
        for appearance in outcome.appearances { counts.appeared(on: model.axis.zone.localDay(of: appearance)) }
        guard !outcome.transitions.isEmpty else {
            try save(counts)
            return nil
        }
        var moves = made
        if moves.rows.count < outcome.transitions.count {
            moves.append(movesOf: outcome, batch: batch, model: model)
        }
        let slots = MoveSlots(model)
        prepareDictionaries(model, slots)
        try run("INSERT INTO recording (recorded_at) VALUES (?)", [instant.microseconds])
        let recording = db.lastInsertedRowID
        let first = try nextTransitionID()
        let block = try HistoryBlock.take(moves: Int64(moves.rows.count), self)
        try insert(moves, outcome, recording: recording, block: block, model: model, files: files)
        for (key, count) in moves.counts { counts.moved(slots.flow(key, model), count) }
        try save(counts)
        return first...(first + Int64(moves.rows.count) - 1)
    }

    private func insert(
        _ moves: borrowing MoveRows, _ outcome: borrowing Outcome, recording: Int64, block: Int64, model: StoredModel,
        files: [Int64]
    ) throws {
        let insertion = try connection.statements().insertMoves
        for statement in [insertion.one, insertion.several] {
            statement.bind(1, recording)
            statement.bind(2, block)
        }
        let (rows, bytes) = (moves.rows, moves.bytes)
        defer { insertion.forgetTexts() }
        try unsafe bytes.withUnsafeBufferPointer { texts in
            var start = 0
            for index in rows.indices {
                let place = index % MoveInsertion.movesAtOnce
                let isAlone = index - place + MoveInsertion.movesAtOnce > rows.count
                let statement = isAlone ? insertion.one : insertion.several
                let row = rows[index]
                let kind = try kindID(slot: Int(row.slot), index, outcome, model)
                unsafe insertion.bind(
                    row, at: isAlone ? 0 : place, of: statement,
                    segmentation: model.segmentationIDs[Int(row.segmentation)], kind: kind,
                    file: row.file < 0 ? nil : files[Int(row.file)], texts: texts, from: start)
                if isAlone || place == MoveInsertion.movesAtOnce - 1 { try statement.run() }
                start = row.idEnd
            }
        }
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

    private func nextTransitionID() throws -> Int64 {
        (try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(transition_id) FROM transition")) ?? 0) + 1
    }

    /// - Parameter index: Of a move of this kind.
    private func kindID(slot: Int, _ index: Int, _ outcome: borrowing Outcome, _ model: StoredModel) throws -> Int64 {
        // A move's inputs follow from its segmentation and sides, under one model.
        let known = connection.kindBySlot[slot]
        if known != 0 { return known }
        let kindID = try kindID(ofNewMove: outcome.transitions[index], outcome: outcome, model: model)
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

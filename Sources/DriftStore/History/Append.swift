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
        var moves = MoveRows()
        moves.append(movesOf: outcome, batch: batch ?? RecordBatch(), model: model)
        return try append(
            moves, appearances: outcome.appearances, model: model, files: files, recordedAt: instant)
    }

    /// Appends moves whose rows are made already, and the counts per day. O(moves).
    /// - Parameters:
    ///   - appearances: As ``Outcome/appearances``.
    ///   - model: The active model with its numbers, of which the rows were made.
    ///   - files: ``RecordBatch/Record/file`` → file_id.
    ///   - instant: The wall clock now.
    /// - Returns: The numbers of the moves, in their order; nil when there was none.
    @discardableResult
    public func append(
        _ moves: MoveRows, appearances: [Instant], model: StoredModel, files: [Int64],
        recordedAt instant: Instant
    ) throws -> ClosedRange<Int64>? {
        var counts = DayCounts()
        for appearance in appearances { counts.appeared(on: model.axis.zone.localDay(of: appearance)) }
        guard !moves.isEmpty else {
            try save(counts)
            return nil
        }
        prepareDictionaries(model)
        try run("INSERT INTO recording (recorded_at) VALUES (?)", [instant.microseconds])
        let recording = db.lastInsertedRowID
        let first = try nextTransitionID()
        let block = try HistoryBlock.take(moves: Int64(moves.rows.count), self)
        try insert(moves, recording: recording, block: block, model: model, files: files)
        for (key, count) in moves.counts { counts.moved(model.slots.flow(key, model), count) }
        try save(counts)
        return first...(first + Int64(moves.rows.count) - 1)
    }

    private func insert(
        _ moves: MoveRows, recording: Int64, block: Int64, model: StoredModel, files: [Int64]
    ) throws {
        let kinds = try kindsBySlot(moves, model)
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
                unsafe insertion.bind(
                    row, at: isAlone ? 0 : place, of: statement,
                    segmentation: model.segmentationIDs[Int(row.segmentation)], kind: kinds[Int(row.slot)],
                    file: row.file < 0 ? nil : files[Int(row.file)], texts: texts, from: start)
                if isAlone || place == MoveInsertion.movesAtOnce - 1 { try statement.run() }
                start = row.idEnd
            }
        }
    }

    /// The numbers of all kinds that occur.
    private func kindsBySlot(_ moves: MoveRows, _ model: StoredModel) throws -> [Int64] {
        for slot in moves.kinds.keys.sorted() where connection.kindBySlot[Int(slot)] == 0 {
            guard let kind = moves.kinds[slot] else { continue }
            let number = try kindID(of: kind, model)
            connection.kindBySlot[Int(slot)] = number
        }
        return connection.kindBySlot
    }

    /// Forgets what belongs to another model.
    private func prepareDictionaries(_ model: StoredModel) {
        if connection.cachedModel != model.modelID {
            connection.forgetDictionaries()
            connection.cachedModel = model.modelID
        }
        if connection.kindBySlot.count != model.slots.count {
            connection.kindBySlot = Array(repeating: 0, count: model.slots.count)
        }
    }

    private func nextTransitionID() throws -> Int64 {
        (try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(transition_id) FROM transition")) ?? 0) + 1
    }

    @inline(never)
    private func kindID(of kind: MoveRows.Kind, _ model: StoredModel) throws -> Int64 {
        let inputSet = try inputSetID(kind.features, model: model)
        let key = KindKey(
            segmentation: kind.segmentation, from: kind.from ?? -1, to: kind.to ?? -1, cause: kind.cause,
            inputSet: inputSet)
        if let known = connection.kinds[key] { return known }
        let facts: StatementArguments = [
            model.modelID, model.segmentationIDs[Int(kind.segmentation)],
            model.segmentID(kind.segmentation, kind.from), model.segmentID(kind.segmentation, kind.to),
            kind.cause.rawValue, inputSet,
            model.direction(kind.segmentation, from: kind.from, to: kind.to)?.rawValue,
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

public import DriftEngine
public import DriftModel
import GRDB

extension StoreTransaction {
    /// The model the database runs; nil in an empty database.
    public func activeModel() throws -> ActiveModel? { try ActiveModel.fetch(db) }

    /// Makes an engine's model the active one.
    /// - Parameter instant: The wall clock now.
    public func activate(_ engine: Engine, at instant: Instant) throws -> StoredModel {
        try activate(
            model: engine.model, comparisons: engine.comparisons.map(ComparisonName.init), axis: engine.axis,
            at: instant)
    }

    /// The database's numbers for an engine whose model is the active one.
    public func storedModel(_ engine: Engine) throws -> StoredModel {
        try storedModel(
            model: engine.model, comparisons: engine.comparisons.map(ComparisonName.init), axis: engine.axis)
    }

    /// Makes a model the active one, writing its names into the dictionaries; names known from earlier models keep
    /// their numbers. Activating the active version again changes nothing.
    /// - Parameters:
    ///   - comparisons: In the order that ``Flip/comparison`` counts.
    ///   - axis: The model's time axis.
    ///   - instant: The wall clock now.
    public func activate(
        model: Model, comparisons: [ComparisonName], axis: TimeAxis, at instant: Instant
    ) throws -> StoredModel {
        let known = try row("SELECT model_id, active FROM model WHERE version = ?", [model.version])
        if let known, known[1] == 1 { return try storedModel(model: model, comparisons: comparisons, axis: axis) }
        try run("UPDATE model SET active = 0 WHERE active = 1")
        let modelID: Int64
        if let known {
            modelID = known[0]
            try run(
                "UPDATE model SET active = 1, activated_at = ? WHERE model_id = ?", [instant.microseconds, modelID])
        } else {
            modelID = try insertModel(model, at: instant)
        }
        let isFirst = try row("SELECT 1 FROM activation LIMIT 1") == nil
        let day = try logicalTime().map { Int64(axis.zone.localDay(of: $0)) }
        try run(
            "INSERT INTO activation (model_id, activated_at, from_day) VALUES (?, ?, ?)",
            [modelID, instant.microseconds, isFirst ? nil : day])
        connection.forgetDictionaries()
        return try storedModel(model: model, comparisons: comparisons, axis: axis)
    }

    private func insertModel(_ model: Model, at instant: Instant) throws -> Int64 {
        var json = JSONWriter()
        json.object(model.cuts.sorted { $0.key < $1.key }) { json, values in
            json.array(values) { json, value in json.number(value) }
        }
        try run(
            """
            INSERT INTO model (version, name, grain, timezone, activated_at, active, yaml, cuts)
            VALUES (?, ?, ?, ?, ?, 1, ?, ?)
            """,
            [
                model.version, model.name, model.grain.rawValue, model.timezone, instant.microseconds, model.source,
                json.text,
            ])
        let modelID = db.lastInsertedRowID
        for (position, segmentation) in model.segmentations.enumerated() {
            try insertSegmentation(segmentation, position: position, modelID: modelID)
        }
        try insertActions(model, modelID: modelID)
        return modelID
    }

    private func insertSegmentation(_ segmentation: Segmentation, position: Int, modelID: Int64) throws {
        try run("INSERT OR IGNORE INTO segmentation (name) VALUES (?)", [segmentation.name])
        let segmentationID = try number(
            "SELECT segmentation_id FROM segmentation WHERE name = ?", [segmentation.name])
        try run(
            "INSERT INTO model_segmentation (model_id, position, segmentation_id, title) VALUES (?, ?, ?, ?)",
            [modelID, position, segmentationID, segmentation.title])
        for (index, segment) in segmentation.segments.enumerated() {
            try run(
                "INSERT OR IGNORE INTO segment (segmentation_id, name) VALUES (?, ?)", [segmentationID, segment.id])
            let segmentID = try number(
                "SELECT segment_id FROM segment WHERE segmentation_id = ? AND name = ?", [segmentationID, segment.id])
            try run(
                """
                INSERT INTO model_segment (model_id, segmentation_id, position, segment_id, title, rank)
                VALUES (?, ?, ?, ?, ?, ?)
                """, [modelID, segmentationID, index, segmentID, segment.title, segment.rank])
        }
    }

    /// Numbers every action of every segment by segmentation, playbook and place in the playbook: of one area the
    /// least number wins.
    private func insertActions(_ model: Model, modelID: Int64) throws {
        var precedence = 0
        for segmentation in model.segmentations {
            for segment in segmentation.segments {
                for playbook in segment.playbooks.map({ model.playbooks[$0] }) {
                    for action in playbook.actions {
                        precedence += 1
                        try run(
                            """
                            INSERT INTO model_action
                                (model_id, segment_id, precedence, area, action, playbook, segmentation)
                            SELECT ?, segment_id, ?, ?, ?, ?, ? FROM segment
                            JOIN segmentation USING (segmentation_id) WHERE segmentation.name = ? AND segment.name = ?
                            """,
                            [
                                modelID, precedence, action.area.rawValue, action.text, playbook.name,
                                segmentation.name, segmentation.name, segment.id,
                            ])
                    }
                }
            }
        }
    }

    private func number(_ sql: String, _ arguments: StatementArguments) throws -> Int64 {
        guard let value = try Int64.fetchOne(db.cachedStatement(sql: sql), arguments: arguments) else {
            throw StoreError.inconsistent("a name that was just written is not there")
        }
        return value
    }

    /// The database's numbers for the active model, after a start.
    /// - Throws: ``StoreError/inconsistent(_:)`` when another version is active.
    public func storedModel(model: Model, comparisons: [ComparisonName], axis: TimeAxis) throws -> StoredModel {
        guard let active = try activeModel(), active.version == model.version else {
            throw StoreError.inconsistent("model version \(model.version) is not the active one")
        }
        var segmentationIDs: [Int64] = []
        var segmentIDs: [[Int64]] = []
        for segmentation in model.segmentations {
            let segmentationID = try number(
                "SELECT segmentation_id FROM segmentation WHERE name = ?", [segmentation.name])
            segmentationIDs.append(segmentationID)
            segmentIDs.append(
                try segmentation.segments.map { segment in
                    try number(
                        "SELECT segment_id FROM segment WHERE segmentation_id = ? AND name = ?",
                        [segmentationID, segment.id])
                })
        }
        return StoredModel(
            modelID: active.modelID, version: active.version, name: active.name, activatedAt: active.activatedAt,
            axis: axis, segmentationIDs: segmentationIDs, segmentIDs: segmentIDs,
            comparisonIDs: try comparisons.map { try comparisonID($0) }, featureNames: model.features.map(\.name),
            attributeNames: model.attributes.map(\.name),
            ranks: model.segmentations.map { $0.segments.map(\.rank) }, slots: MoveSlots(segmentIDs: segmentIDs))
    }

    private func comparisonID(_ name: ComparisonName) throws -> Int64 {
        let arguments: StatementArguments = [
            name.text, name.subjectText, name.limitText ?? "", name.limitText == nil ? 0 : 1,
        ]
        try run(
            "INSERT OR IGNORE INTO comparison (text, subject, limit_text, has_limit) VALUES (?, ?, ?, ?)", arguments)
        return try number(
            """
            SELECT comparison_id FROM comparison
            WHERE text = ? AND subject = ? AND limit_text = ? AND has_limit = ?
            """, arguments)
    }
}

extension ActiveModel {
    /// - Parameter modelID: nil: the active one.
    static func fetch(_ db: Database, modelID: Int64? = nil) throws -> ActiveModel? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT model_id, version, name, activated_at, yaml FROM model
                WHERE CASE WHEN ?1 IS NULL THEN active = 1 ELSE model_id = ?1 END
                """, arguments: [modelID])
        guard let row else { return nil }
        let modelID: Int64 = row[0]
        return ActiveModel(
            modelID: modelID, version: row[1], name: row[2], activatedAt: Instant(microseconds: row[3]),
            yaml: row[4], cuts: try cuts(db, modelID))
    }

    private static func cuts(_ db: Database, _ modelID: Int64) throws -> [String: [Double]] {
        var cuts: [String: [Double]] = [:]
        let found = try Row.fetchAll(
            db,
            sql: """
                SELECT f.key, v.value FROM model AS m JOIN json_each(m.cuts) AS f LEFT JOIN json_each(f.value) AS v
                WHERE m.model_id = ? ORDER BY f.id, v.id
                """, arguments: [modelID])
        for row in found {
            let value: Double? = row[1]
            cuts[row[0], default: []].append(contentsOf: value.map { [$0] } ?? [])
        }
        return cuts
    }
}

import DriftEngine
import DriftIntake
import DriftModel
import DriftStore

/// A file of the ledger, read again as it was read when it was applied.
struct ArchivedFile {
    let file: FileRow
    let path: String
    let plan: SourcePlan
    private let definition: SourceDefinition

    /// - Parameter rootOf: The file whose bytes a second try reads; nil: the row's own.
    /// - Throws: ``Diagnostics`` when the model has no place any more for what the mapping gives.
    init(
        file: FileRow, layout: SpoolLayout, definition: SourceDefinition, engine: Engine, root: FileRow? = nil,
        zones: SystemZones = SystemZones()
    ) throws {
        self.file = file
        self.definition = definition
        path = layout.path(of: root ?? file)
        var source = definition.source
        // It may have been compressed since, by us.
        source.limits.ratio = 1_000_000
        plan = try SourcePlan(
            source: source, model: engine.model, zone: engine.axis.zone, zones: zones.lookup)
    }

    /// What the second pass needs.
    /// - Parameters:
    ///   - position: Records dealt with before.
    ///   - selection: The records meant.
    /// - Throws: ``IntakeError``.
    func input(position: Int64 = 0, selection: RecordSelection = .all) throws(IntakeError) -> ApplyInput {
        let context = FileContext(
            name: file.nameBytes, index: 0, claimedAt: file.claimedAt,
            latestAt: file.claimedAt.advanced(bySeconds: definition.futureToleranceSeconds), selection: selection)
        guard let verdict = try FirstPass.run(path: path, plan: plan, context: context) else {
            throw IntakeError(.transient, "read", path: path)
        }
        var input = ApplyInput(path: path, plan: plan, context: context, verdict: verdict)
        input.position = position
        return input
    }
}

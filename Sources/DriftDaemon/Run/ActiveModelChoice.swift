import DriftEngine
import DriftModel
import DriftStore

/// The model this process runs, and the database's numbers for its names.
struct RunningModel {
    var engine: Engine
    var stored: StoredModel
    /// What the file says differs from what runs: someone has to plan and apply.
    var fileDiffers: Bool

    /// The database's active version runs, whatever the file says; an empty database takes the file's. A file that
    /// differs only in what needs no re-evaluation (titles, playbooks, alerts) is taken at once.
    static func choose(setup: Setup, store: Store, zones: SystemZones, now: Instant) throws -> RunningModel {
        let active = try store.write { try $0.activeModel() }
        guard let active, active.version != setup.model.version else {
            return try activate(setup.model, setup.axis, store, now, fileDiffers: false)
        }
        let (model, _) = try ModelLoader.load(
            text: active.yaml, file: "the active model", cuts: nil, zones: zones.lookup)
        if model.evaluationVersion == setup.model.evaluationVersion {
            return try activate(setup.model, setup.axis, store, now, fileDiffers: false)
        }
        return try activate(model, try Setup.axis(of: model, zones: zones), store, now, fileDiffers: true)
    }

    private static func activate(
        _ model: Model, _ axis: TimeAxis, _ store: Store, _ now: Instant, fileDiffers: Bool
    ) throws -> RunningModel {
        let engine = Engine(model: model, axis: axis)
        let stored = try store.write { try $0.activate(engine, at: now) }
        return RunningModel(engine: engine, stored: stored, fileDiffers: fileDiffers)
    }
}

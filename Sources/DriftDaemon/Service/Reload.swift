import DriftModel

/// What SIGHUP leads to: everything that can be taken between two turns is, the rest is named.
enum Reload {
    /// The files say what is in force.
    case nothingNew
    /// To be taken now; `waiting` names the keys that keep their old values until a restart.
    case take(Setup, waiting: [String])
    /// Directories moved: half of it would be neither the old nor the new. Nothing is taken.
    case restartNeeded([String])

    /// Compares what is in force with what the files say now.
    static func decide(old: Setup, new: Setup) -> Reload {
        var moved: [String] = []
        if new.configuration.stateDirectory != old.configuration.stateDirectory { moved.append("state_directory") }
        if new.configuration.spoolDirectory != old.configuration.spoolDirectory { moved.append("spool_directory") }
        if !moved.isEmpty { return .restartNeeded(moved) }
        var taken = new
        taken.configuration.http = old.configuration.http
        let waiting = new.configuration.http == old.configuration.http ? [] : ["http"]
        let isSame = taken.configuration == old.configuration && taken.model.version == old.model.version
        return isSame && waiting.isEmpty ? .nothingNew : .take(taken, waiting: waiting)
    }
}

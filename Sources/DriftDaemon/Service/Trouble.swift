import DriftIntake
import DriftStore

/// An error that may pass by itself: the daemon pauses and goes on as after a start. Everything else ends it.
struct Trouble: Hashable, CustomStringConvertible {
    /// What is wrong, for the status line.
    var description: String
    /// What to do.
    var hint: String
    /// More room on the disk ends it.
    var isForWantOfRoom = false

    /// - Returns: nil when waiting would not help, or would hide what a person must see.
    init?(_ error: any Error) {
        switch error {
        case let error as StoreError where error.isDiskFull:
            self.init(description: "disk full", hint: "nothing is lost; free some space", isForWantOfRoom: true)
        case let error as StoreError where error.isBusy:
            self.init(
                description: "database locked by another program",
                hint: "nothing is lost; end whatever writes to it or keeps a transaction open")
        case let error as IntakeError where error.kind == .full:
            self.init(
                description: "disk full", hint: "nothing is lost; free some space where \(error.path) is",
                isForWantOfRoom: true)
        case let error as IntakeError where error.kind != .otherFileSystem && !error.isFailedStorage:
            self.init(description: error.description, hint: "nothing is lost; see to it that the spool can be used")
        default: return nil
        }
    }

    /// Files wait until there is room for what they bring.
    init(_ shortage: DiskShortage) {
        self.init(
            description: "disk almost full", hint: "no file is begun, all else goes on; free some space",
            isForWantOfRoom: true)
    }

    private init(description: String, hint: String, isForWantOfRoom: Bool = false) {
        self.description = description
        self.hint = hint
        self.isForWantOfRoom = isForWantOfRoom
    }

    /// Seconds until the next try, by how many failed so far.
    static func pauseSeconds(afterTries tries: Int) -> Int64 { min(60, 1 << min(6, Int64(tries))) }
}

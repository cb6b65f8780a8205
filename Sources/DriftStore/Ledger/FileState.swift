/// Where a file is on its way through the house. Each state names the one step that comes next, so that a start
/// after a crash knows from the ledger alone what to do again:
///
/// ```
/// claimed ──verdict──> valid ──T fixed──> applying ──last chunk──> committed ──rename──> archived
///    │                   │                    └──(fails for good)──┐
///    ├──> duplicatePending ──rename──> duplicate                   │
///    ├──> quarantinePending <──────────────────────────────────────┘
///    │         └──rename──> quarantined ──requeue──> requeued (or, partly applied: committed)
///    │                          └──drop, retention──> dropped
///    ├──> released   (changed while it was read: given back to incoming/, will be claimed anew)
///    └──> vanished   (gone before it could be claimed)
/// ```
///
/// A valid file found to repeat one applied in the meantime still becomes a duplicate.
public enum FileState: String, CaseIterable, Hashable, Sendable {
    /// The row exists. The file lies in incoming/ (rename it) or in work/ (read it: first pass).
    case claimed
    /// First pass done, nothing against it: waits for its turn. No effects yet.
    case valid
    /// T and the set of files are fixed; chunks up to `position` are in. Resume there.
    case applying
    /// All effects are in. It lies in work/: rename it into archive/.
    case committed
    /// Final: it lies in archive/.
    case archived
    /// Bytes seen before. It lies in work/: rename it into archive/duplicates/.
    case duplicatePending = "duplicate_pending"
    /// Final: it lies in archive/duplicates/.
    case duplicate
    /// Refused whole, without any effect. It lies in work/: write the reason file and rename it into quarantine/.
    case quarantinePending = "quarantine_pending"
    /// Final until a person decides: it lies in quarantine/.
    case quarantined
    /// Final: a person gave it back to incoming/; it has a new row.
    case requeued
    /// Final: a person deleted it, or its time of retention was up.
    case dropped
    /// Final: given back to incoming/ because it was still changing.
    case released
    /// Final: it was gone when it was to be claimed.
    case vanished

    /// Nothing remains to be done without a person.
    public var isFinal: Bool {
        switch self {
        case .claimed, .valid, .applying, .committed, .duplicatePending, .quarantinePending: false
        case .archived, .duplicate, .quarantined, .requeued, .dropped, .released, .vanished: true
        }
    }

    /// The states that may come next.
    public var successors: Set<FileState> {
        switch self {
        case .claimed: [.valid, .duplicatePending, .quarantinePending, .released, .vanished]
        case .valid: [.applying, .duplicatePending, .quarantinePending, .released, .vanished, .claimed]
        case .applying: [.committed, .quarantinePending]
        case .committed: [.archived]
        case .duplicatePending: [.duplicate]
        case .quarantinePending: [.quarantined]
        case .quarantined: [.requeued, .dropped, .committed]
        case .archived, .duplicate, .requeued, .dropped, .released, .vanished: []
        }
    }
}

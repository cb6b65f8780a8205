internal import DriftModel

/// The daemon's own trouble, told to people.
public struct OwnTrouble: Hashable, Sendable {
    /// What kind of trouble, and how loud it is.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// A delivery was given up.
        case dead
        /// A destination has taken nothing for an hour.
        case down
        /// A destination wants nothing more.
        case disabled
        /// The disk is full: no files are taken.
        case diskFull = "disk_full"
        /// Something else keeps the daemon from its work.
        case paused
        /// A file was refused whole.
        case quarantined
        /// The kernel could not tell all that happened in the spool.
        case overflow
        /// A source that is expected to deliver does not.
        case stalled
        /// The wall clock is not believed.
        case clock
    }

    public var kind: Kind
    /// A destination's or source's name, or empty: what the cooldown is kept for.
    public var subject: String
    /// The sentence for people.
    public var summary: String
    /// Where to look, and what to do: commands.
    public var hint: String
    /// Names the occasion: with kind and subject it makes the alert's id.
    public var occasion: Int64

    public init(_ kind: Kind, subject: String = "", occasion: Int64, summary: String, hint: String = "") {
        self.kind = kind
        self.subject = subject
        self.occasion = occasion
        self.summary = summary
        self.hint = hint
    }

    /// All of it.
    var text: String { hint.isEmpty ? summary : "\(summary) \(hint)" }

    /// The destination that fails: it is not told of itself.
    var failing: String? { kind.isOfDestination ? subject : nil }
}

extension OwnTrouble.Kind {
    var isOfDestination: Bool {
        switch self {
        case .dead, .down, .disabled: true
        case .diskFull, .paused, .quarantined, .overflow, .stalled, .clock: false
        }
    }

    var isOfSource: Bool {
        switch self {
        case .quarantined, .stalled: true
        case .dead, .down, .disabled, .diskFull, .paused, .overflow, .clock: false
        }
    }

    /// What silences and lists know it by.
    public var rule: String {
        switch self {
        case .dead, .down, .disabled: "delivery"
        case .diskFull, .paused: "disk"
        case .quarantined: "quarantine"
        case .overflow: "overflow"
        case .stalled: "source"
        case .clock: "clock"
        }
    }

    var severity: Severity {
        switch self {
        case .diskFull: .critical
        case .dead, .down, .disabled, .paused, .clock: .error
        case .quarantined, .overflow, .stalled: .warning
        }
    }

    /// Whether it lasts, and is noticed again and again: that is nothing to be counted.
    var isLasting: Bool {
        switch self {
        case .down, .diskFull, .paused, .stalled, .clock: true
        case .dead, .disabled, .quarantined, .overflow: false
        }
    }

    /// Seconds in which the same is not told again; how often it was, is told afterwards.
    public var cooldownSeconds: Int64 {
        switch self {
        case .dead, .down, .disabled, .stalled, .clock: 86_400
        case .diskFull, .paused, .quarantined, .overflow: 3_600
        }
    }
}

extension [DestinationConfiguration] {
    /// The journal hears of the daemon's own trouble also where no destination is the journal. No configuration can
    /// have this name.
    public static let ownJournalName = "journal (own)"

    /// These, and the journal.
    public var withOwnJournal: [DestinationConfiguration] {
        if contains(where: { $0.kind == .journal }) { return self }
        return self + [DestinationConfiguration(name: Self.ownJournalName, kind: .journal)]
    }
}

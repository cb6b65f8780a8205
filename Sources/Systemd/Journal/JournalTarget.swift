/// Where messages go, decided once at the start.
public enum JournalTarget: Hashable, Sendable {
    /// journald, with fields.
    case journal
    /// Standard error, as text.
    case standardError(TextForm)

    /// The journal if our standard error *is* the journal (`JOURNAL_STREAM` names its device and inode) and the
    /// native socket is there; else standard error, with colour only for a terminal that wants it.
    /// - Parameters:
    ///   - errorIdentity: "device:inode" of standard error.
    ///   - isTerminal: Whether standard error is one.
    ///   - socketExists: Whether journald's native socket does.
    public static func choose(
        environment: [String: String], errorIdentity: String?, isTerminal: Bool, socketExists: Bool
    ) -> JournalTarget {
        if let stream = environment["JOURNAL_STREAM"], let errorIdentity, stream == errorIdentity, socketExists {
            return .journal
        }
        guard isTerminal else { return .standardError(.prefixed) }
        let wantsColour = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        return .standardError(wantsColour ? .coloured : .plain)
    }

    /// ``choose(environment:errorIdentity:isTerminal:socketExists:)`` for this process.
    public static func ofProcess(environment: [String: String]) -> JournalTarget {
        choose(
            environment: environment, errorIdentity: StandardStreams.identity(of: 2),
            isTerminal: StandardStreams.isTerminal(2), socketExists: NativeJournal.isPresent)
    }
}

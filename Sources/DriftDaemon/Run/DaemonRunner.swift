/// The way in: everything `segdrift run` does after its command line is parsed.
public enum DaemonRunner {
    /// Runs until stopped, or with ``RunOptions/once`` until the spool is empty and time has been walked.
    public static func run(_ options: RunOptions) async throws -> RunSummary {
        RunSummary()
    }
}

import DriftModel
import Glibc
import Systemd

/// The way in: everything `segdrift run` does after its command line is parsed.
public enum DaemonRunner {
    /// Runs until stopped, or with ``RunOptions/once`` until the spool is empty and time has been walked.
    /// - Parameter world: The clock, the environment; nil: those of this process.
    /// - Throws: ``Diagnostics`` when a file a person wrote has errors; ``DaemonError`` with an exit code.
    public static func run(_ options: RunOptions, world: World? = nil) async throws -> RunSummary {
        // Closed standard streams would hand their numbers to the first files opened; a reader that went away must
        // not end the daemon.
        StandardStreams.ensureOpen()
        _ = signal(SIGPIPE, SIG_IGN)
        OpenFiles.raiseLimit()
        LargeBlocks.giveBack()
        var database = ""
        do {
            let assembly = try Assembly(
                options: options, world: world ?? World.real(environment: World.processEnvironment()))
            database = assembly.setup.configuration.databasePath
            return options.once ? try await OnceRun(assembly).run() : try await DaemonRun(assembly).run()
        } catch {
            throw DaemonError.explaining(error) ?? DaemonError.failedStorage(error, database: database) ?? error
        }
    }
}

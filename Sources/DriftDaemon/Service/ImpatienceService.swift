import Glibc
import ServiceLifecycle
import UnixSignals

/// The second signal to end ends at once: whatever is under way is resumed at the next start, as after a crash.
struct ImpatienceService: Service {
    /// As a shell says of a process that a signal ended.
    private static let exitCode: Int32 = 128 + SIGTERM

    func run() async throws {
        var count = 0
        for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint).cancelOnGracefulShutdown() {
            count += 1
            if count > 1 { _exit(Self.exitCode) }
        }
    }
}

import ServiceLifecycle
import UnixSignals

/// SIGHUP: read the configuration again.
struct ReloadService: Service {
    let wakeUps: WakeUps

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            wakeUps.requestReload()
        }
    }
}

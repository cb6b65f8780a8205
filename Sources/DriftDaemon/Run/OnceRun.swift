import DriftIntake
import DriftModel
import DriftStore
import Systemd

/// `run --once`: one turn after recovery, then the end.
struct OnceRun {
    private let assembly: Assembly

    init(_ assembly: Assembly) {
        self.assembly = assembly
    }

    func run() async throws -> RunSummary {
        let ground = try assembly.ground()
        ground.lock.leave(note: "")
        let loop = try assembly.workLoop(on: ground, arrivals: Arrivals(), isStopping: { false })
        try assembly.recover(loop)
        _ = try loop.turn()
        loop.summary.delivered += try await assembly.deliveries(on: ground).drainOnce()
        try loop.store.close()
        _ = assembly.journal.flush(waitMilliseconds: 1_000)
        return loop.summary
    }
}

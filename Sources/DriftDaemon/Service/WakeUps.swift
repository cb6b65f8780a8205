import DriftModel
import Synchronization

/// What the idle work loop waits for: files, a moment in time, a reload, the end.
final class WakeUps: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let stopping = Atomic<Bool>(false)
    private let reloading = Atomic<Bool>(false)
    private let news = Atomic<Bool>(false)

    init() {
        // One pending wake-up says all: whoever wakes looks at everything.
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// There may be something to do.
    func wake() {
        news.store(true, ordering: .releasing)
        continuation.yield()
    }

    /// Whether anybody called ``wake()`` since the last time this was asked.
    func takeNews() -> Bool { news.exchange(false, ordering: .acquiringAndReleasing) }

    /// Read the configuration again at the next turn.
    func requestReload() {
        reloading.store(true, ordering: .releasing)
        wake()
    }

    /// End at the next chunk boundary.
    func requestStop() {
        stopping.store(true, ordering: .releasing)
        wake()
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// Whether a reload was asked for since the last call.
    func takeReload() -> Bool { reloading.exchange(false, ordering: .acquiringAndReleasing) }

    /// Waits for the next wake-up, at most so long.
    func wait(microsecondsMax: Int64) async {
        guard !isStopping, microsecondsMax > 0 else { return }
        let timer = Task { [continuation] in
            try await Task.sleep(for: .microseconds(microsecondsMax))
            continuation.yield()
        }
        defer { timer.cancel() }
        var iterator = stream.makeAsyncIterator()
        _ = await iterator.next()
    }
}

import Dispatch
import DriftStore

/// Does one thing at a time on a thread of its own while the next is worked out. The order is that in which they were
/// begun.
final class BackgroundStep {
    /// Handed from thread to thread; the semaphore says whose turn it is.
    private final class Box: @unchecked Sendable {
        var step: () throws -> Void = {}
        var result: Result<Void, any Error> = .success(())
    }

    private let box = Box()
    private let queue = DispatchQueue(label: "segdrift.write")
    private let isDone = DispatchSemaphore(value: 0)
    private var isUnderWay = false

    deinit {
        if isUnderWay { isDone.wait() }
    }

    /// Begins.
    /// - Precondition: Nothing is under way: ``finish()`` was called since.
    func begin(_ step: @escaping () throws -> Void) {
        precondition(!isUnderWay)
        isUnderWay = true
        box.step = step
        queue.async { [box, isDone] in
            box.result = Result { try box.step() }
            box.step = {}
            isDone.signal()
        }
    }

    /// Waits until what was begun is done.
    /// - Throws: Why it is not.
    func finish() throws {
        guard isUnderWay else { return }
        isDone.wait()
        isUnderWay = false
        try box.result.get()
    }
}

/// Writes one chunk's effects while the next chunk is worked out; after a failure nothing more is written.
final class BackgroundWriter {
    private let writer: EffectsWriter
    private let step = BackgroundStep()
    private var underWay: ChunkEffects?

    init(_ writer: EffectsWriter) {
        self.writer = writer
    }

    /// Begins to write.
    /// - Precondition: Nothing is being written: ``finish()`` was called since.
    func begin(_ effects: ChunkEffects) {
        underWay = effects
        step.begin { [writer] in
            // Before, not after: what is committed must not be taken for failed.
            try writer.store.checkpoint(walBytesMax: Store.walBytesUnderLoad)
            try writer.write(effects)
        }
    }

    /// Waits until what was begun is committed.
    /// - Returns: It, for its results and its memory; nil when nothing was begun.
    /// - Throws: Why it is not committed.
    func finish() throws -> ChunkEffects? {
        guard let effects = underWay else { return nil }
        underWay = nil
        try step.finish()
        return effects
    }
}

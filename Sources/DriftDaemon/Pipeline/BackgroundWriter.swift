import Dispatch

/// Writes one chunk's effects on a thread of its own while the next chunk is worked out. One at a time, so the order
/// of commits is the order of chunks; after a failure nothing more is written.
final class BackgroundWriter {
    /// Handed from thread to thread; the semaphore says whose turn it is.
    private final class Box: @unchecked Sendable {
        var result: Result<Void, any Error> = .success(())
    }

    private let writer: EffectsWriter
    private let box = Box()
    private let queue = DispatchQueue(label: "segdrift.write")
    private let isDone = DispatchSemaphore(value: 0)
    private var underWay: ChunkEffects?

    init(_ writer: EffectsWriter) {
        self.writer = writer
    }

    deinit {
        if underWay != nil { isDone.wait() }
    }

    /// Begins to write.
    /// - Precondition: Nothing is being written: ``finish()`` was called since.
    func begin(_ effects: ChunkEffects) {
        precondition(underWay == nil)
        underWay = effects
        queue.async { [writer, box, isDone] in
            box.result = Result { try writer.write(effects) }
            isDone.signal()
        }
    }

    /// Waits until what was begun is committed.
    /// - Returns: It, for its results and its memory; nil when nothing was begun.
    /// - Throws: Why it is not committed.
    func finish() throws -> ChunkEffects? {
        guard let effects = underWay else { return nil }
        isDone.wait()
        underWay = nil
        try box.result.get()
        return effects
    }
}

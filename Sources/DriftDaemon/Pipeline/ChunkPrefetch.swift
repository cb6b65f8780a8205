import Dispatch
import DriftIntake

/// Reads the next chunk of a stream on a thread of its own while the current one is applied. The order of chunks,
/// and with it every result, is the stream's.
final class ChunkPrefetch {
    /// Handed from thread to thread; the semaphore says whose turn it is.
    private final class Box: @unchecked Sendable {
        let stream: ApplyStream
        var chunk = ApplyChunk()
        var result: Result<Bool, IntakeError> = .success(false)

        init(_ stream: ApplyStream) {
            self.stream = stream
        }
    }

    private let box: Box
    private let queue = DispatchQueue(label: "segdrift.read")
    private let isReady = DispatchSemaphore(value: 0)
    private var isReading = false
    private let isAhead: Bool

    /// - Parameter isAhead: False: nothing is read before it is asked for, and on the thread that asks.
    init(_ stream: ApplyStream, isAhead: Bool = true) {
        box = Box(stream)
        self.isAhead = isAhead
        if isAhead { read() }
    }

    deinit {
        if isReading { isReady.wait() }
    }

    /// Replaces the chunk by the next one, and begins to read the one after it.
    /// - Returns: False when the chunk before was the last one.
    /// - Throws: ``IntakeError``: nothing of the chunk may be committed.
    func next(into chunk: inout ApplyChunk) throws(IntakeError) -> Bool {
        guard isAhead else { return try box.stream.next(into: &chunk) }
        guard isReading else { return false }
        isReady.wait()
        isReading = false
        guard try box.result.get() else { return false }
        swap(&box.chunk, &chunk)
        if !chunk.isLast { read() }
        return true
    }

    private func read() {
        isReading = true
        queue.async { [box, isReady] in
            do throws(IntakeError) {
                box.result = .success(try box.stream.next(into: &box.chunk))
            } catch {
                box.result = .failure(error)
            }
            isReady.signal()
        }
    }
}

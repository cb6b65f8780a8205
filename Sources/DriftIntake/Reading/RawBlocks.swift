import Dispatch
import DriftFormats

/// A stream's blocks of records; of a large file the next one is read and decoded on a thread of its own while the
/// current one is worked on. What comes, and in which order, is the stream's.
final class RawBlocks {
    /// A block, and what the stream had to say when it was read.
    struct Block {
        var records = RawRecords()
        /// Nothing comes after it.
        var isLast = false
        var header: [String]?
        /// Bytes of content up to its end.
        var contentBytes: Int64 = 0
    }

    /// Handed from thread to thread; the semaphore says whose turn it is.
    private final class Box: @unchecked Sendable {
        let stream: RawStream
        var block = Block()
        var problem: RawStream.Problem?

        init(_ stream: RawStream) {
            self.stream = stream
        }

        func read() {
            block.records.removeAll()
            do throws(RawStream.Problem) {
                block.isLast = try !stream.next(into: &block.records)
            } catch {
                problem = error
            }
            block.header = stream.header
            block.contentBytes = stream.contentBytes
        }
    }

    private let box: Box
    private let queue = DispatchQueue(label: "segdrift.decode")
    private let isReady = DispatchSemaphore(value: 0)
    private let isAhead: Bool
    private var isReading = false
    private var isAtEnd = false

    /// - Parameter isAhead: False: nothing is read before it is asked for, and on the thread that asks.
    init(_ stream: RawStream, isAhead: Bool) {
        box = Box(stream)
        self.isAhead = isAhead
    }

    deinit { finish() }

    /// Replaces the block by the next one.
    /// - Returns: False when the block before was the last one.
    func next(into block: inout Block) throws(RawStream.Problem) -> Bool {
        guard !isAtEnd else { return false }
        if isReading { finish() } else { box.read() }
        if let problem = box.problem {
            isAtEnd = true
            throw problem
        }
        swap(&block, &box.block)
        isAtEnd = block.isLast
        if isAhead, !isAtEnd {
            isReading = true
            queue.async { [box, isReady] in
                box.read()
                isReady.signal()
            }
        }
        return true
    }

    /// Waits until nothing is being read: from then on the stream is the caller's again.
    func finish() {
        guard isReading else { return }
        isReady.wait()
        isReading = false
    }
}

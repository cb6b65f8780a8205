import Dispatch
import DriftFormats
import Synchronization

/// A stream's blocks of records; of a large file some are read and decoded on a thread of their own while the current
/// one is worked on. What comes, and in which order, is the stream's.
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

    /// Read ahead at a time: with one, each of the threads would wait for the other once per block.
    private static let aheadMax = 4

    /// Memory of a block, handed from thread to thread; semaphores say whose turn it is.
    private final class Slot: @unchecked Sendable {
        var block = Block()
        var problem: RawStream.Problem?

        func read(_ stream: RawStream) {
            block.records.removeAll()
            do throws(RawStream.Problem) {
                block.isLast = try !stream.next(into: &block.records)
            } catch {
                problem = error
            }
            block.header = stream.header
            block.contentBytes = stream.contentBytes
        }

        var isEnd: Bool { block.isLast || problem != nil }
    }

    /// What reads ahead: owns the stream until it has ended.
    private final class Reader: @unchecked Sendable {
        let stream: RawStream
        let slots = (0..<RawBlocks.aheadMax).map { _ in Slot() }
        let isFree = DispatchSemaphore(value: RawBlocks.aheadMax)
        let isReady = DispatchSemaphore(value: 0)
        let hasEnded = DispatchSemaphore(value: 0)
        let isStopping = Atomic(false)

        init(_ stream: RawStream) {
            self.stream = stream
        }

        func run() {
            var next = 0
            var isEnd = false
            while !isEnd {
                isFree.wait()
                if isStopping.load(ordering: .acquiring) { break }
                let slot = slots[next % slots.count]
                next += 1
                slot.read(stream)
                isEnd = slot.isEnd
                isReady.signal()
            }
            // A semaphore must not have less than at first when it is given up.
            for _ in slots { isFree.signal() }
            hasEnded.signal()
        }
    }

    private let reader: Reader
    private let queue = DispatchQueue(label: "segdrift.decode")
    private let isAhead: Bool
    private var isRunning = false
    private var isAtEnd = false
    private var taken = 0

    /// - Parameter isAhead: False: nothing is read before it is asked for, and on the thread that asks.
    init(_ stream: RawStream, isAhead: Bool) {
        reader = Reader(stream)
        self.isAhead = isAhead
    }

    deinit { finish() }

    /// Replaces the block by the next one.
    /// - Returns: False when the block before was the last one.
    func next(into block: inout Block) throws(RawStream.Problem) -> Bool {
        guard !isAtEnd else { return false }
        let slot = reader.slots[isAhead ? taken % reader.slots.count : 0]
        if isAhead {
            if taken == 0 { start() }
            reader.isReady.wait()
        } else {
            slot.read(reader.stream)
        }
        taken += 1
        isAtEnd = slot.isEnd
        if let problem = slot.problem { throw problem }
        swap(&block, &slot.block)
        if isAhead { reader.isFree.signal() }
        return true
    }

    private func start() {
        isRunning = true
        queue.async { [reader] in reader.run() }
    }

    /// Waits until nothing is being read: from then on the stream is the caller's again, and there are no more blocks.
    func finish() {
        guard isRunning else { return }
        isRunning = false
        isAtEnd = true
        reader.isStopping.store(true, ordering: .releasing)
        reader.isFree.signal()
        reader.hasEnded.wait()
    }
}

internal import Dispatch
internal import Foundation
internal import Synchronization

/// Writes messages on a thread of its own through a bounded queue: a stalled journald delays messages, never
/// the daemon.
///
/// When the queue is full, new messages are dropped and counted; the next one that fits is preceded by a line
/// that says how many are missing. An entry that must not get lost goes through ``deliver(_:waitMilliseconds:)``.
public final class JournalWriter: Sendable {
    /// What became of an entry that was to be delivered.
    public enum Delivery: Hashable, Sendable {
        /// The journal (or standard error) took it.
        case taken
        /// It was refused.
        case refused
        /// Nothing moved within the time allowed; the entry was withdrawn.
        case stalled
    }

    private final class Ticket: Sendable {
        enum Stage { case waiting, withdrawn, sending, done(Bool) }
        let stage = Mutex<Stage>(.waiting)
        let finished = DispatchSemaphore(value: 0)
    }

    private struct Item {
        var entry: JournalEntry?
        var ticket: Ticket?
    }

    private struct Queue {
        var items: [Item] = []
        var dropped = 0
        /// Left out by the limit.
        var leftOut = 0
        var limit: MessageLimit?
        var started = false

        mutating func say(_ message: String) {
            items.append(Item(entry: JournalEntry(priority: .warning, message: message), ticket: nil))
        }
    }

    /// Where messages go.
    public let target: JournalTarget
    private let send: @Sendable (JournalEntry) -> Bool
    private let capacity: Int
    private let queue: Mutex<Queue>
    private let now: @Sendable () -> UInt64
    private let available = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - identifier: `SYSLOG_IDENTIFIER` of every entry.
    ///   - capacity: Entries that may wait.
    public convenience init(target: JournalTarget, identifier: String = "segdrift", capacity: Int = 4096) {
        switch target {
        case .journal:
            self.init(target: target, capacity: capacity, limit: MessageLimit()) { entry in
                NativeJournal.send(entry.assignments(identifier: identifier))
            }
        case .standardError(let form):
            self.init(target: target, capacity: capacity) { entry in
                StandardStreams.write(Array(form.line(entry).utf8), to: 2)
                return true
            }
        }
    }

    /// For tests: `send` stands for journald and may block as it can.
    /// - Parameters:
    ///   - limit: For what goes through ``write(_:)``, but for errors and worse; nil: none.
    ///   - now: Monotonic microseconds.
    public init(
        target: JournalTarget, capacity: Int, limit: MessageLimit? = nil,
        now: @escaping @Sendable () -> UInt64 = MonotonicClock.microseconds,
        send: @escaping @Sendable (JournalEntry) -> Bool
    ) {
        self.target = target
        self.capacity = max(1, capacity)
        self.now = now
        self.send = send
        queue = Mutex(Queue(limit: limit))
    }

    /// Queues an entry. Never blocks.
    /// - Returns: false when the queue was full, or there were too many lately, and the entry is gone (and counted).
    @discardableResult
    public func write(_ entry: JournalEntry) -> Bool {
        let now = now()
        let isTaken = queue.withLock { queue in
            guard entry.priority.rawValue > JournalPriority.error.rawValue, var limit = queue.limit else { return true }
            let takes = limit.takesOne(now: now)
            queue.limit = limit
            if !takes { queue.leftOut += 1 }
            return takes
        }
        return isTaken && enqueue(Item(entry: entry, ticket: nil))
    }

    /// Queues an entry and waits until it was taken, at most so long.
    ///
    /// What is reported as stalled will not be written later, save for one entry that was just being handed over.
    public func deliver(_ entry: JournalEntry, waitMilliseconds: Int) -> Delivery {
        let ticket = Ticket()
        guard enqueue(Item(entry: entry, ticket: ticket)) else { return .stalled }
        return wait(for: ticket, milliseconds: waitMilliseconds)
    }

    /// Waits until all that was queued before is written, at most so long: the last thing before the end.
    /// - Returns: Whether it was.
    @discardableResult
    public func flush(waitMilliseconds: Int) -> Bool {
        let ticket = Ticket()
        guard enqueue(Item(entry: nil, ticket: ticket), evenIfFull: true) else { return false }
        return wait(for: ticket, milliseconds: waitMilliseconds) == .taken
    }

    private func wait(for ticket: Ticket, milliseconds: Int) -> Delivery {
        _ = ticket.finished.wait(timeout: .now() + .milliseconds(milliseconds))
        return ticket.stage.withLock { stage in
            switch stage {
            case .done(let taken): return taken ? .taken : .refused
            case .waiting, .withdrawn, .sending:
                stage = .withdrawn
                return .stalled
            }
        }
    }

    private func enqueue(_ item: Item, evenIfFull: Bool = false) -> Bool {
        let accepted = queue.withLock { queue in
            if queue.items.count >= capacity && !evenIfFull {
                queue.dropped += 1
                return false
            }
            if queue.dropped > 0 {
                queue.say("\(queue.dropped) messages were dropped because the journal did not take them")
                queue.dropped = 0
            }
            if queue.leftOut > 0 {
                queue.say("\(queue.leftOut) messages were suppressed: there were too many in a short time")
                queue.leftOut = 0
            }
            queue.items.append(item)
            if !queue.started {
                queue.started = true
                start()
            }
            return true
        }
        if accepted { available.signal() }
        return accepted
    }

    /// The thread lives as long as the process: writers are made once.
    private func start() {
        let thread = Thread { self.work() }
        thread.name = "journal"
        thread.start()
    }

    private func work() {
        while true {
            available.wait()
            let items = queue.withLock { queue in
                defer { queue.items.removeAll(keepingCapacity: true) }
                return queue.items
            }
            for item in items { write(item) }
        }
    }

    private func write(_ item: Item) {
        guard let ticket = item.ticket else {
            if let entry = item.entry { _ = send(entry) }
            return
        }
        let wanted = ticket.stage.withLock { stage in
            guard case .waiting = stage else { return false }
            stage = .sending
            return true
        }
        guard wanted else { return }
        let taken = item.entry.map(send) ?? true
        ticket.stage.withLock { $0 = .done(taken) }
        ticket.finished.signal()
    }
}

import DriftAlerts
import DriftModel
import DriftStore
import Logging
import Synchronization
import Systemd

/// Destinations that take their time, each in a task of its own beside the work: a slow or dead one holds up neither
/// the files nor the others.
final class DeliveryRunner: Sendable {
    private struct Running {
        var task: Task<Void, Never>
        var wake: AsyncStream<Void>.Continuation
    }

    /// Looked at so often when nothing says when to come again, in seconds.
    private static let idleSeconds: Int64 = 60

    private let lanes: [DeliveryLane]
    private let now: @Sendable () -> Instant
    private let log: Logger
    private let running = Mutex<[Running]>([])
    private let stopping = Atomic<Bool>(false)

    init(lanes: [DeliveryLane], now: @escaping @Sendable () -> Instant, log: Logger) {
        self.lanes = lanes
        self.now = now
        self.log = log
    }

    /// Starts a task per destination; does nothing while they run.
    func start() {
        guard running.withLock({ $0.isEmpty }) else { return }
        stopping.store(false, ordering: .releasing)
        let started = lanes.map { lane in
            let (stream, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            return Running(task: Task { await serve(lane, wakes: stream, wake: wake) }, wake: wake)
        }
        running.withLock { $0 += started }
    }

    /// There may be something in the outbox.
    func wake() {
        running.withLock { for lane in $0 { lane.wake.yield() } }
    }

    /// A person wants another attempt at a destination (nil: all) now.
    func retry(_ destination: String?) {
        for lane in lanes where destination == nil || lane.destination == destination { lane.forgive() }
        wake()
    }

    /// Tells every destination that is not known to fail, once, past the outbox: while the database takes nothing.
    func tellDirectly(_ message: @escaping @Sendable (String) -> DeliveryRow) {
        for lane in lanes {
            Task { [now] in await lane.tellDirectly(message(lane.destination), now: now()) }
        }
    }

    /// No further attempt is begun.
    func requestStop() { stopping.store(true, ordering: .releasing) }

    /// No further attempt is begun; those under way come to their end, at most as long as they may take.
    func stop() async {
        requestStop()
        let ending = running.withLock { lanes in
            defer { lanes = [] }
            return lanes
        }
        for lane in ending { lane.wake.finish() }
        for lane in ending { await lane.task.value }
    }

    /// Delivers all that is due, once: `run --once`.
    /// - Returns: How many were delivered.
    func drainOnce() async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for lane in lanes {
                group.addTask {
                    do {
                        let report = try await lane.drain(now: self.now)
                        if let reason = report.reason { self.log.warning("destination \(lane.destination): \(reason)") }
                        return report.delivered
                    } catch {
                        self.log.warning("destination \(lane.destination): \(error)")
                        return 0
                    }
                }
            }
            return await group.reduce(0, +)
        }
    }

    private func serve(
        _ lane: DeliveryLane, wakes: AsyncStream<Void>, wake: AsyncStream<Void>.Continuation
    ) async {
        var said: String?
        var iterator = wakes.makeAsyncIterator()
        while !stopping.load(ordering: .acquiring) {
            var next: Instant?
            do {
                let report = try await lane.drain(now: now) { self.stopping.load(ordering: .acquiring) }
                next = report.nextAt
                // Once per kind of trouble, and once when it is over.
                if let reason = report.reason, reason != said {
                    log.warning("destination \(lane.destination): \(reason)")
                    said = reason
                } else if report.reason == nil, report.delivered > 0, said != nil {
                    log.notice("destination \(lane.destination) takes alerts again")
                    said = nil
                }
            } catch {
                next = now().advanced(bySeconds: 5)
                // What passes by itself is the work's to tell.
                if Trouble(error) == nil, said != "\(error)" {
                    log.error("destination \(lane.destination): \(error)")
                    said = "\(error)"
                }
            }
            let ahead = next.map { $0.microseconds - now().microseconds } ?? Self.idleSeconds * 1_000_000
            let pause = min(max(ahead, 1_000), Self.idleSeconds * 1_000_000)
            let timer = Task {
                try await Task.sleep(for: .microseconds(pause))
                wake.yield()
            }
            defer { timer.cancel() }
            guard await iterator.next() != nil else { return }
        }
    }
}

extension Assembly {
    /// The destinations that take their time.
    func deliveries(on ground: Ground) throws -> DeliveryRunner {
        let configuration = setup.configuration
        let lanes = SinkFactory.lanes(
            for: configuration.destinations, instance: configuration.instance,
            secrets: secrets, outbox: try outbox(ground.store), own: ownAlerts,
            jitter: world.jitter)
        return DeliveryRunner(lanes: lanes, now: world.now, log: log)
    }

    private var secrets: SecretSource { SecretSource(credentials: Credentials(environment: world.environment)) }

    /// The way of a message to people while the database takes nothing: to whatever does not need it.
    /// - Parameter deliveries: nil: the database could not be opened yet, and nothing is known of any destination but
    ///   what the configuration says.
    func wayPastTheDatabase(_ deliveries: DeliveryRunner?) -> TroubleTeller.Way {
        { [journal, configuration = setup.configuration, secrets, now = world.now] message in
            JournalSink.write(message("journal"), to: journal)
            if let deliveries { return deliveries.tellDirectly(message) }
            let sinks = SinkFactory.remoteSinks(
                for: configuration.destinations, instance: configuration.instance, secrets: secrets)
            for (name, sink) in sinks { Task { _ = await sink.send(message(name), now: now()) } }
        }
    }
}

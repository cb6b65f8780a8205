internal import Synchronization

/// Tells the service manager how the daemon is: ready, reloading, stopping, alive, and one line of status.
///
/// Without `NOTIFY_SOCKET` every call does nothing. No call ever blocks: what a full queue refuses (all but
/// watchdog beats) is kept and goes out in front of the next message.
public final class ServiceNotifier: Sendable {
    private struct State: ~Copyable {
        var socket: DatagramSocket?
        /// Assignments not yet taken, in order, one per name.
        var unsent: [(name: String, value: String)] = []
    }

    private let state: Mutex<State>
    /// Whether a service manager listens.
    public let isActive: Bool

    /// - Parameter environment: Of the process; `NOTIFY_SOCKET` is what is read.
    public init(environment: [String: String]) {
        let socket = environment["NOTIFY_SOCKET"].flatMap { DatagramSocket(address: $0) }
        isActive = socket != nil
        state = Mutex(State(socket: socket))
    }

    /// Start-up is over: the daemon does its work from now on.
    public func ready(status: String? = nil) {
        send([("READY", "1")] + statusLine(status))
    }

    /// One line for `systemctl status`; line breaks become spaces.
    public func status(_ text: String) {
        send(statusLine(text))
    }

    /// The configuration is being read again; ``ready(status:)`` ends it, whatever became of it.
    /// - Parameter monotonicMicroseconds: ``MonotonicClock/microseconds()`` at the start of the reload.
    public func reloading(monotonicMicroseconds: UInt64) {
        send([("RELOADING", "1"), ("MONOTONIC_USEC", String(monotonicMicroseconds))])
    }

    /// The daemon is on its way out; the first thing to say on SIGTERM.
    public func stopping(status: String? = nil) {
        send([("STOPPING", "1")] + statusLine(status))
    }

    /// A sign of life. Call it through ``ProgressHeart``, from the work itself.
    public func watchdog() {
        send([("WATCHDOG", "1")])
    }

    /// Asks for more time to start, stop or reload: `microseconds` from now on.
    public func extendTimeout(microseconds: UInt64) {
        send([("EXTEND_TIMEOUT_USEC", String(microseconds))])
    }

    private func statusLine(_ text: String?) -> [(name: String, value: String)] {
        guard let text else { return [] }
        return [("STATUS", String(text.map { $0.isNewline ? " " : $0 }))]
    }

    private func send(_ assignments: [(name: String, value: String)]) {
        state.withLock { state in
            guard state.socket != nil else { return }
            for assignment in assignments {
                state.unsent.removeAll { $0.name == assignment.name }
                state.unsent.append(assignment)
            }
            let message = state.unsent.map { "\($0.name)=\($0.value)" }.joined(separator: "\n")
            switch state.socket?.send(Array(message.utf8)) {
            // A beat that is late is worth nothing, and a watchdog must not be fed by an old one.
            case .wouldBlock: state.unsent.removeAll { $0.name == "WATCHDOG" || $0.name == "EXTEND_TIMEOUT_USEC" }
            default: state.unsent.removeAll(keepingCapacity: true)
            }
        }
    }
}

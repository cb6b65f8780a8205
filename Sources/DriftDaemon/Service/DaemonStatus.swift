import DriftWeb
import Synchronization
import Systemd

/// What the daemon knows about itself, for whoever asks over HTTP: alive as long as its work moves on, ready from
/// the end of recovery to the beginning of the end.
final class DaemonStatus: StatusSource {
    private let heart: ProgressHeart
    private let unready = Mutex<String?>("recovering")

    /// Silence after which the work is taken for stuck where no watchdog says how long (microseconds). An idle loop
    /// looks at its directories more often than that.
    private static let silenceMicrosecondsDefault: UInt64 = 180_000_000

    init(heart: ProgressHeart) {
        self.heart = heart
    }

    /// - Parameter reason: Why no files are taken; nil: they are.
    func set(unready reason: String?) {
        unready.withLock { $0 = reason }
    }

    func unreadiness() -> String? { unready.withLock { $0 } }

    func ailment() -> String? {
        let silence = heart.silenceMicroseconds
        guard silence > heart.watchdogMicroseconds ?? Self.silenceMicrosecondsDefault else { return nil }
        return "the work has not moved on for \(silence / 1_000_000) s"
    }
}

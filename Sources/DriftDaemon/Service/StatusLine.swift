import DriftModel

/// One line for `systemctl status`.
enum StatusLine {
    static func text(_ loop: WorkLoop) -> String {
        let time =
            loop.summary.logicalTime.map { "logical time \(TimestampText.string(wholeSeconds($0)))" }
            ?? "no events yet"
        let doubt = loop.clock.doubt.map { "; clock not believed: \($0); run with --accept-clock if it is right" } ?? ""
        return "\(time); \(loop.summary.files) files and \(loop.summary.transitions) moves since start\(doubt)"
    }

    static func wholeSeconds(_ time: Instant) -> Instant {
        Instant(microseconds: time.microseconds - (time.microseconds % 1_000_000 + 1_000_000) % 1_000_000)
    }
}

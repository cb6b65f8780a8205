import DriftAnalytics
import Glibc

/// How far long work is, on standard error: a bar that draws itself anew on a terminal, a plain line now and then
/// elsewhere, nothing when nobody wants to know.
struct ProgressLine {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let isQuiet: Bool
    private var step = ""
    private var stepStart = 0.0
    private var stepDone: Int64 = 0
    private var lastShown = -1.0
    private var isOnLine = false

    /// Seconds between two looks: for eyes, and for logs.
    private static let terminalEvery = 0.1
    private static let plainEvery = 10.0

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
    }

    /// Shows a state, unless the last one was shown a moment ago.
    /// - Parameters:
    ///   - total: 0: not known.
    ///   - unit: Of `done`, as in "records".
    mutating func show(_ step: String, done: Int64, total: Int64, unit: String) {
        guard !isQuiet else { return }
        let now = Self.seconds()
        let isNew = step != self.step
        if isNew { (self.step, stepStart, stepDone) = (step, now, done) }
        let every = isTerminal ? Self.terminalEvery : Self.plainEvery
        guard isNew || now - lastShown >= every else { return }
        lastShown = now
        let text = ProgressText.line(
            step: step, done: done, total: total, unit: unit, rate: rate(done, now),
            barColumns: isTerminal ? 24 : 0)
        if isTerminal {
            write("\r\u{1B}[K" + TerminalText.truncated(text, to: max(20, (Terminal.errorWidth ?? 80) - 1)))
            isOnLine = true
        } else {
            write("segdrift: \(text)\n")
        }
    }

    /// Takes the bar off the terminal.
    mutating func clear() {
        if isOnLine { write("\r\u{1B}[K") }
        isOnLine = false
    }

    /// Per second since the step began; nil while it is too early to tell.
    private func rate(_ done: Int64, _ now: Double) -> Double? {
        let seconds = now - stepStart
        return seconds < 0.5 || done <= stepDone ? nil : Double(done - stepDone) / seconds
    }

    private func write(_ text: String) {
        // Nobody is there to be told when even this fails.
        _ = unsafe text.utf8CString.withUnsafeBufferPointer {
            unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count - 1)
        }
    }

    private static func seconds() -> Double {
        var reading = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &reading)
        return Double(reading.tv_sec) + Double(reading.tv_nsec) / 1e9
    }
}

/// A state of long work in words.
enum ProgressText {
    /// `applying [#####-----] 45 %  1,234,567 of 2,700,000 records  512,000/s  0:03 left`
    /// - Parameter barColumns: 0: no bar.
    static func line(
        step: String, done: Int64, total: Int64, unit: String, rate: Double?, barColumns: Int
    ) -> String {
        var parts = [step]
        let words = unit.isEmpty ? "" : " \(unit)"
        if total > 0 {
            let share = min(1, max(0, Double(done) / Double(total)))
            if barColumns > 0 {
                let full = Int(share * Double(barColumns))
                parts.append(
                    "[\(String(repeating: "#", count: full))\(String(repeating: "-", count: barColumns - full))]")
            }
            parts.append("\(Int(share * 100)) %")
            parts.append("\(NumberText.grouped(done)) of \(NumberText.grouped(total))\(words)")
        } else if done > 0 {
            parts.append("\(NumberText.grouped(done))\(words)")
        }
        if let rate {
            parts.append("\(NumberText.grouped(Int64(rate)))/s")
            if total > done { parts.append("\(clock(seconds: Int64(Double(total - done) / rate) + 1)) left") }
        }
        return parts.joined(separator: "  ")
    }

    /// `0:03`, `12:40`, `3:05:00`.
    static func clock(seconds: Int64) -> String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
    }
}

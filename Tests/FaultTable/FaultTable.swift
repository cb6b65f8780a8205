import Foundation
import Synchronization

/// What tests tried of the catalogue's faults of delivery, added up and printed as one table when the process ends.
public enum FaultTable {
    /// Cases tried of one fault, and what became of their alerts.
    public struct Counts: Sendable {
        /// Ways in which it was provoked.
        public var cases = 0
        /// Alerts that were to be told.
        public var alerts = 0
        /// Those that arrived, alone or in a digest.
        public var told = 0
        /// Arrivals of an alert that had arrived before, with the same id.
        public var again = 0
        /// Those that neither arrived nor wait, nor are kept in sight of people.
        public var lost: Int { alerts - told - kept }
        /// Those that wait, or are kept in sight of people: given up, orphaned.
        public var kept = 0
    }

    private static let names: [(number: Int, name: String)] = [
        (68, "the process dies after the receiver's 200"), (69, "a receiver is down for days"),
        (70, "one destination is down, the others are not"), (71, "no answer, a slow one, one without end"),
        (72, "429 and 503, Retry-After"), (73, "redirects"), (74, "410: gone"), (75, "certificates"),
        (76, "very many moves in one file"), (77, "a customer goes to and fro"),
        (78, "one bad alert in a batch for Alertmanager"), (79, "Alertmanager or the daemon starts anew"),
        (80, "the process dies while a file is written"), (81, "journald stands still, or is not there"),
        (82, "journald's rate limit"), (83, "secret and address replaced by a reload"),
        (84, "a destination is taken out of the configuration"),
    ]

    private static let counts = Mutex<[Int: Counts]>([:])

    /// Adds what a test has seen.
    public static func record(
        _ fault: Int, cases: Int = 1, alerts: Int = 0, told: Int = 0, again: Int = 0, kept: Int = 0
    ) {
        let isFirst = counts.withLock { counts in
            defer {
                counts[fault, default: Counts()].cases += cases
                counts[fault, default: Counts()].alerts += alerts
                counts[fault, default: Counts()].told += told
                counts[fault, default: Counts()].again += again
                counts[fault, default: Counts()].kept += kept
            }
            return counts.isEmpty
        }
        if isFirst { atexit { print(FaultTable.text) } }
    }

    /// The table of what was recorded so far, with a row for each fault.
    public static var text: String {
        let counts = counts.withLock { $0 }
        func cell(_ number: Int) -> String {
            String(repeating: " ", count: max(0, 8 - "\(number)".count)) + "\(number)"
        }
        var lines = [
            "fault                                                         cases  alerts    told   again    kept    lost"
        ]
        for (number, name) in names {
            let title = "\(number)  \(name)"
            let start = title + String(repeating: " ", count: max(1, 59 - title.count))
            guard let found = counts[number] else {
                lines.append(start + "  not tried in this run")
                continue
            }
            let cells = [found.cases, found.alerts, found.told, found.again, found.kept, found.lost].map(cell)
            lines.append(start + cells.joined())
        }
        return lines.joined(separator: "\n")
    }
}

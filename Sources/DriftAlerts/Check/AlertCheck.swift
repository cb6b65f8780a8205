public import DriftModel

/// What `segdrift check` says about alerts: names that lead nowhere, and what is read but not acted upon.
public enum AlertCheck {
    /// Something to tell the person who wrote the model or the configuration.
    public struct Finding: Hashable, Sendable, CustomStringConvertible {
        public var severity: Diagnostic.Severity
        public var message: String
        public var hint: String?
        /// In the model's file, 1-based; 0: unknown.
        public var line: Int

        public init(severity: Diagnostic.Severity, message: String, hint: String?, line: Int = 0) {
            self.line = line
            self.severity = severity
            self.message = message
            self.hint = hint
        }

        public var description: String { "\(severity.rawValue): \(message)" + (hint.map { " (\($0))" } ?? "") }
    }

    /// All findings, in the order of the model, then of the destinations.
    public static func findings(model: Model, destinations: [DestinationConfiguration]) -> [Finding] {
        unknownDestinations(model, destinations) + notEvaluated(model) + notServed(destinations)
    }

    private static func unknownDestinations(
        _ model: Model, _ destinations: [DestinationConfiguration]
    ) -> [Finding] {
        let known = destinations.map(\.name)
        return model.alerts.flatMap { alert in
            alert.notify.filter { !known.contains($0) }.map { name in
                Finding(
                    severity: .error, message: "alert '\(alert.name)' notifies '\(name)', which is no destination",
                    hint: known.isEmpty
                        ? "the configuration has no destinations"
                        : "destinations are: \(known.joined(separator: ", "))")
            }
        }
    }

    /// Rules and assumptions that are validated and kept, but not acted upon by this release.
    public static func notEvaluated(_ model: Model) -> [Finding] {
        var findings: [Finding] = []
        for alert in model.alerts {
            let kind: String? =
                switch alert.kind {
                case .population: "population"
                case .size: "size"
                case .flow: "flow"
                case .transition, .intake: nil
                }
            guard let kind else { continue }
            findings.append(
                Finding(
                    severity: .warning, message: "alert '\(alert.name)' (on: \(kind)) is not evaluated",
                    hint: "transition and intake rules are", line: alert.line))
        }
        for assumption in model.assumptions {
            findings.append(
                Finding(severity: .warning, message: "assumption '\(assumption.name)' is not evaluated", hint: nil))
        }
        return findings
    }

    /// Destinations that are validated and kept, but not delivered to by this release.
    public static func notServed(_ destinations: [DestinationConfiguration]) -> [Finding] {
        destinations.filter { !SinkFactory.isServed($0.kind) }.map { destination in
            Finding(
                severity: .warning,
                message: "destination '\(destination.name)' (\(destination.kind.word)) is not served: "
                    + "its alerts stay pending in the outbox",
                hint: "journal and file destinations are")
        }
    }
}

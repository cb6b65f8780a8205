public import DriftModel

/// What `segdrift check` says about alerts: names that lead nowhere.
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
        unknownDestinations(model, destinations)
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
}

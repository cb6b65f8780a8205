public import Systemd

/// Makes the sinks for what the configuration names.
public enum SinkFactory {
    /// Whether this release delivers to such a destination. Alerts for others wait in the outbox.
    public static func isServed(_ kind: DestinationConfiguration.Kind) -> Bool {
        switch kind {
        case .journal, .file: true
        case .webhook, .alertmanager, .exec: false
        }
    }

    /// One sink per destination that is served, in the order of the configuration.
    /// - Parameter stateDirectory: What relative paths are relative to.
    public static func sinks(
        for destinations: [DestinationConfiguration], stateDirectory: String, journal: JournalWriter
    ) -> [(name: String, sink: any AlertSink)] {
        destinations.compactMap { destination in
            switch destination.kind {
            case .journal: (destination.name, JournalSink(writer: journal))
            case .file(let path):
                (destination.name, FileSink(path: path.hasPrefix("/") ? path : stateDirectory + "/" + path))
            case .webhook, .alertmanager, .exec: nil
            }
        }
    }
}

public import Systemd

/// Makes the sinks for what the configuration names.
public enum SinkFactory {
    /// Whether a destination is on this machine and answers at once, so that the work may wait for it.
    public static func isLocal(_ kind: DestinationConfiguration.Kind) -> Bool {
        switch kind {
        case .journal, .file: true
        case .webhook, .alertmanager, .exec: false
        }
    }

    /// One sink per local destination, in the order of the configuration.
    /// - Parameters:
    ///   - stateDirectory: What relative paths are relative to.
    ///   - isPatient: Whether a busy journald is waited for: nobody comes again soon, and nothing else waits.
    public static func sinks(
        for destinations: [DestinationConfiguration], stateDirectory: String, journal: JournalWriter,
        isPatient: Bool = false
    ) -> [(name: String, sink: any AlertSink)] {
        destinations.compactMap { destination in
            switch destination.kind {
            case .journal:
                isPatient
                    ? (destination.name, JournalSink(writer: journal, waitMilliseconds: 5_000))
                    : (destination.name, JournalSink(writer: journal))
            case .file(let path):
                (destination.name, fileSink(path.hasPrefix("/") ? path : stateDirectory + "/" + path))
            case .webhook, .alertmanager, .exec: nil
            }
        }
    }

    /// A path that ends in `/` is a directory: one file per alert.
    private static func fileSink(_ path: String) -> any AlertSink {
        path.hasSuffix("/") ? DirectorySink(directory: path) : FileSink(path: path)
    }

    /// One lane per destination that takes its time, in the order of the configuration.
    /// - Parameters:
    ///   - own: Says elsewhere that a destination fails.
    ///   - network: Makes the way out for a destination; tests have one without a network.
    ///   - jitter: −1 to 1.
    public static func lanes(
        for destinations: [DestinationConfiguration], instance: String, secrets: SecretSource, outbox: any Outbox,
        own: OwnAlerts,
        network: (DestinationConfiguration) -> any HTTPTransport = { SinkFactory.network($0) },
        jitter: @escaping @Sendable () -> Double
    ) -> [DeliveryLane] {
        remoteSinks(for: destinations, instance: instance, secrets: secrets, network: network).map { name, sink in
            DeliveryLane(destination: name, sink: sink, outbox: outbox, own: own, jitter: jitter)
        }
    }

    /// One sink per destination that takes its time, in the order of the configuration.
    public static func remoteSinks(
        for destinations: [DestinationConfiguration], instance: String, secrets: SecretSource,
        network: (DestinationConfiguration) -> any HTTPTransport = { SinkFactory.network($0) }
    ) -> [(name: String, sink: any RemoteSink)] {
        destinations.compactMap { destination in
            let seconds = destination.timeoutSeconds
            let sink: any RemoteSink
            switch destination.kind {
            case .journal, .file: return nil
            case .webhook(let url, let references):
                sink = WebhookSink(
                    url: url, secrets: references, source: secrets, transport: network(destination),
                    timeoutSeconds: seconds)
            case .alertmanager(let url):
                sink = AlertmanagerSink(
                    url: url, instance: instance, transport: network(destination), timeoutSeconds: seconds)
            case .exec(let command): sink = ExecSink(command: command, timeoutSeconds: seconds)
            }
            return (destination.name, sink)
        }
    }

    /// The real network, as a destination may use it.
    public static func network(_ destination: DestinationConfiguration) -> any HTTPTransport {
        ClientTransport(
            resolver: SystemResolver(), addressGuard: AddressGuard(allowsPrivate: destination.allowsPrivate),
            authorities: destination.authorities)
    }
}

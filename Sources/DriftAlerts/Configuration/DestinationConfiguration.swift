/// One entry of `destinations:`: where alerts go.
public struct DestinationConfiguration: Hashable, Sendable {
    /// What alert rules call it in `notify:`.
    public var name: String
    public var kind: Kind
    /// How customers are named in what is sent.
    public var customers: CustomerDetail
    /// What goes beyond it is told in a digest; nil: ``rateInForce`` says.
    public var rate: DeliveryRate?
    /// Seconds one attempt may take.
    public var timeoutSeconds: Double
    /// Whether the host's name may lead to a private network.
    public var allowsPrivate: Bool
    /// PEM file of the only authorities whose certificates are believed; nil: the system's.
    public var authorities: String?

    public enum Kind: Hashable, Sendable {
        /// systemd's journal.
        case journal
        /// One CloudEvent per line, appended; or, when the path ends in `/`, one file per alert in that directory.
        /// - path: absolute, or relative to the state directory until resolved.
        case file(path: String)
        /// HTTP POST with Standard Webhooks headers.
        /// - secrets: the current one first; a second while it rotates; none: unsigned.
        case webhook(url: String, secrets: [SecretReference])
        /// Alertmanager's API v2; `url` is its base.
        case alertmanager(url: String)
        /// A program started per alert, the CloudEvent on its standard input; no shell.
        case exec(command: [String])

        /// The word after `type:`.
        public var word: String {
            switch self {
            case .journal: "journal"
            case .file: "file"
            case .webhook: "webhook"
            case .alertmanager: "alertmanager"
            case .exec: "exec"
            }
        }
    }

    public init(
        name: String, kind: Kind, customers: CustomerDetail = .full, rate: DeliveryRate? = nil,
        timeoutSeconds: Double = 15, allowsPrivate: Bool = false, authorities: String? = nil
    ) {
        self.allowsPrivate = allowsPrivate
        self.authorities = authorities
        self.name = name
        self.kind = kind
        self.customers = customers
        self.rate = rate
        self.timeoutSeconds = timeoutSeconds
    }
}

extension DestinationConfiguration {
    /// The rate that holds: the one configured, else for the journal one well below what journald takes of a unit
    /// before it drops messages without a word (10,000 in 30 s, 20,000 under our unit); nil: none.
    public var rateInForce: DeliveryRate? {
        rate ?? (kind == .journal ? DeliveryRate(count: 100, perSeconds: 1) : nil)
    }
}

/// What a destination learns about who a customer is.
public enum CustomerDetail: String, CaseIterable, Hashable, Sendable {
    /// The customer's name as in the files.
    case full
    /// A keyed hash of it: the same customer is recognised, nobody is named.
    case hashed
    /// Nothing.
    case none
}

/// At most so many deliveries in so many seconds.
public struct DeliveryRate: Hashable, Sendable, CustomStringConvertible {
    /// At least 1.
    public var count: Int
    /// At least 1.
    public var perSeconds: Int64

    public init(count: Int, perSeconds: Int64) {
        self.count = count
        self.perSeconds = perSeconds
    }

    /// As for people: "60 a minute".
    public var description: String {
        let units: [Int64: String] = [1: "a second", 60: "a minute", 3_600: "an hour", 86_400: "a day"]
        return "\(count) \(units[perSeconds] ?? "in \(perSeconds) s")"
    }
}

/// Where a secret is found; configuration never holds secrets themselves.
public enum SecretReference: Hashable, Sendable {
    /// A file of that name under `$CREDENTIALS_DIRECTORY` (systemd's `LoadCredential=`).
    case credential(String)
    /// An absolute path.
    case file(String)
}

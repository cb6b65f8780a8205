public import DriftModel

/// Which system of the simulated shop a record comes from; each writes its own files.
public enum SimulatedFeed: String, CaseIterable, Hashable, Sendable {
    /// Purchases and refunds.
    case shop
    /// Visits to the web site.
    case web
    /// Profiles: country and birth date.
    case crm

    /// Columns of its files, in order.
    public var columns: [String] {
        switch self {
        case .shop: ["id", "type", "customer", "at", "amount", "quantity", "invoice", "item"]
        case .web: ["id", "type", "customer", "at"]
        case .crm: ["id", "type", "customer", "at", "country", "birth_date"]
        }
    }
}

/// One thing that happened in the simulated shop.
public struct SimulatedRecord: Hashable, Sendable {
    /// What happened, with what only that kind of event has.
    public enum Kind: Hashable, Sendable {
        /// `cents` is negative for a refund, `invoice` the number of the order.
        case order(isRefund: Bool, cents: Int, quantity: Int, invoice: Int, item: Int)
        case visit
        case profile(country: String, birthDate: DayNumber)
    }

    /// 0-based number of the customer.
    public var customer: Int
    /// Local time of day, in seconds.
    public var second: Int
    public var kind: Kind

    public init(customer: Int, second: Int, kind: Kind) {
        self.customer = customer
        self.second = second
        self.kind = kind
    }

    public var feed: SimulatedFeed {
        switch kind {
        case .order: .shop
        case .visit: .web
        case .profile: .crm
        }
    }

    /// Name of the event type.
    public var type: String {
        switch kind {
        case .order(let isRefund, _, _, _, _): isRefund ? "refund" : "purchase"
        case .visit: "visit"
        case .profile: "profile"
        }
    }
}

/// A day of the simulated shop.
public struct SimulatedDay: Sendable {
    public var day: DayNumber
    /// By time of day, then customer.
    public var records: [SimulatedRecord]

    public init(day: DayNumber, records: [SimulatedRecord]) {
        self.day = day
        self.records = records
    }
}

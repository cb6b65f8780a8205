/// Many moves told as one: a closed group, or history that was caught up with.
public struct DigestFacts: Hashable, Sendable, Codable {
    public enum Kind: String, Hashable, Sendable, Codable {
        /// Alerts of one rule that waited for company.
        case group
        /// Alerts of one rule beyond those told one by one.
        case storm
        /// Alerts beyond what a destination takes.
        case rate
        /// Moves that are history: a first load, a backfill, catching up.
        case history
        /// Moves that another model made.
        case activation
        /// Moves that other cut-offs made.
        case calibration
    }

    /// Moves from one segment to another.
    public struct Pair: Hashable, Sendable, Codable {
        public var segmentation: String
        public var from: String?
        public var to: String?
        public var customers: Int

        public init(segmentation: String, from: String?, to: String?, customers: Int) {
            self.segmentation = segmentation
            self.from = from
            self.to = to
            self.customers = customers
        }
    }

    /// One of the moves that weigh most: a customer's heaviest.
    public struct Top: Hashable, Sendable, Codable {
        public var customerID: Int64
        public var customer: String
        public var segmentation: String
        public var from: String?
        public var to: String?
        /// The model's `value` feature; nil where unknown.
        public var value: Double?

        public init(
            customerID: Int64, customer: String, segmentation: String, from: String?, to: String?, value: Double?
        ) {
            self.customerID = customerID
            self.customer = customer
            self.segmentation = segmentation
            self.from = from
            self.to = to
            self.value = value
        }
    }

    public var kind: Kind
    /// Customers' moves in all.
    public var moves: Int
    /// Customers who made them; nil: not counted.
    public var customers: Int?
    /// Most frequent first.
    public var pairs: [Pair]
    /// Most valuable first.
    public var top: [Top]
    /// First and last `effective_at`, microseconds since 1970.
    public var since: Int64
    public var until: Int64
    /// How often each rule would have spoken, by name; for history.
    public var rules: [String: Int]
    /// The first history of this database: its first load.
    public var isFirst: Bool?
    /// The digest's own id, where the alerts in it name it.
    public var digestID: String?
    /// Ids of some of the alerts in it.
    public var alertIDs: [String]?
    /// What is exceeded, in words; of ``Kind/rate``.
    public var limit: String?

    /// So many of the moves that weigh most, and of the ids, are told to programs.
    public static let topMax = 10

    public init(
        kind: Kind, moves: Int, pairs: [Pair], top: [Top], since: Int64, until: Int64, rules: [String: Int]
    ) {
        self.kind = kind
        self.moves = moves
        self.pairs = pairs
        self.top = top
        self.since = since
        self.until = until
        self.rules = rules
    }

    /// Counts moves of a pair.
    mutating func addPair(segmentation: String, from: String?, to: String?, customers: Int) {
        let place = pairs.firstIndex { $0.segmentation == segmentation && $0.from == from && $0.to == to }
        if let place {
            pairs[place].customers += customers
        } else {
            pairs.append(Pair(segmentation: segmentation, from: from, to: to, customers: customers))
        }
    }

    /// Puts pairs and top moves in their order; ties by name, so that the same facts read the same.
    mutating func sort() {
        pairs.sort { left, right in
            (-left.customers, left.segmentation, left.from ?? "", left.to ?? "")
                < (-right.customers, right.segmentation, right.from ?? "", right.to ?? "")
        }
        top.sort { left, right in
            let (leftValue, rightValue) = (left.value ?? -.infinity, right.value ?? -.infinity)
            return leftValue == rightValue ? left.customerID < right.customerID : leftValue > rightValue
        }
    }
}

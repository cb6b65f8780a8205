public import DriftModel

/// A small shop that behaves like a real one: people come, buy in their own rhythm, and one day stop without a
/// word. Deterministic: the same options give the same records on every machine.
///
/// Each customer buys as a Poisson process whose daily rate is gamma distributed over customers, and after each
/// order leaves for good with a beta distributed probability (BG/NBD: P. S. Fader, B. G. S. Hardie, K. L. Lee,
/// "Counting Your Customers the Easy Way", *Marketing Science* 24 (2005) 275–284). Seasons and weekdays scale the
/// rate; amounts are log-normal.
public struct ShopSimulation: Sendable {
    /// What to simulate.
    public struct Options: Hashable, Sendable {
        /// People, prospects among them.
        public var customers: Int
        public var days: Int
        public var seed: UInt64
        /// First day.
        public var start: DayNumber
        public var shock: Shock?

        public init(customers: Int, days: Int, seed: UInt64, start: DayNumber, shock: Shock? = nil) {
            self.customers = customers
            self.days = days
            self.seed = seed
            self.start = start
            self.shock = shock
        }
    }

    /// A day on which a share of the active customers leaves at once, as when a rival opens next door.
    public struct Shock: Hashable, Sendable {
        /// 1-based day of the simulation.
        public var day: Int
        /// 0…1.
        public var share: Double

        public init(day: Int, share: Double) {
            self.day = day
            self.share = share
        }
    }

    public let options: Options
    private var people: [Person] = []
    private var refunds: [Int: [SimulatedRecord]] = [:]
    private var nextIndex = 0
    private var invoices = 0

    public init(_ options: Options) {
        precondition(options.customers >= 0 && options.days >= 0)
        self.options = options
        people.reserveCapacity(options.customers)
        for index in 0..<options.customers {
            people.append(Person(index: index, options: options))
        }
    }

    /// The next day, or nil after the last.
    /// - Complexity: O(customers).
    public mutating func nextDay() -> SimulatedDay? {
        guard nextIndex < options.days else { return nil }
        defer { nextIndex += 1 }
        let index = nextIndex
        let day = options.start + DayNumber(index)
        let season = Season.factor(on: day)
        let isShock = options.shock.map { $0.day == index + 1 } ?? false
        var records = refunds.removeValue(forKey: index) ?? []
        for person in people.indices where people[person].arrival <= index {
            if isShock, let share = options.shock?.share { people[person].leave(withProbability: share) }
            live(person, index, season, &records)
        }
        records.sort { ($0.second, $0.customer) < ($1.second, $1.customer) }
        return SimulatedDay(day: day, records: records)
    }

    private mutating func live(_ person: Int, _ index: Int, _ season: Double, _ records: inout [SimulatedRecord]) {
        if people[person].arrival == index || people[person].movesHouse(on: index) {
            if let profile = people[person].profile(on: index, start: options.start) {
                records.append(SimulatedRecord(customer: person, second: people[person].timeOfDay(), kind: profile))
            }
        }
        for _ in 0..<people[person].visits(season: season) {
            records.append(SimulatedRecord(customer: person, second: people[person].timeOfDay(), kind: .visit))
        }
        let orders = people[person].orders(on: index, season: season)
        for _ in 0..<orders { order(person, index, &records) }
    }

    private mutating func order(_ person: Int, _ index: Int, _ records: inout [SimulatedRecord]) {
        invoices += 1
        let second = people[person].timeOfDay()
        // Nobody orders without having looked first.
        records.append(SimulatedRecord(customer: person, second: max(0, second - 240), kind: .visit))
        for line in people[person].basket() {
            let kind = SimulatedRecord.Kind.order(
                isRefund: false, cents: line.cents, quantity: line.quantity, invoice: invoices, item: line.item)
            records.append(SimulatedRecord(customer: person, second: second, kind: kind))
            guard let delay = people[person].returnsAfter() else { continue }
            let back = SimulatedRecord.Kind.order(
                isRefund: true, cents: -line.cents, quantity: line.quantity, invoice: invoices, item: line.item)
            refunds[index + delay, default: []].append(
                SimulatedRecord(customer: person, second: people[person].timeOfDay(), kind: back))
        }
    }
}

/// How busy a day is, 1 on an ordinary one.
enum Season {
    /// Monday first: people order from work and on Sunday evenings.
    static let weekdays = [1.1, 1.05, 1.0, 1.0, 0.95, 0.8, 1.1]
    /// January first: a quiet start, a lull in August, presents in November and December.
    static let months = [0.75, 0.85, 0.95, 1.0, 1.05, 1.0, 0.9, 0.8, 1.0, 1.1, 1.4, 1.5]

    static func factor(on day: DayNumber) -> Double {
        let date = CivilDate(day)
        // Between the middles of two months, so that no first of a month is a cliff.
        let position = (Double(date.day) - 15) / 30
        let neighbour = (date.month - 1 + (position < 0 ? 11 : 1)) % 12
        let share = position.magnitude
        let month = months[date.month - 1] * (1 - share) + months[neighbour] * share
        return month * weekdays[TimeText.weekday(day) - 1]
    }
}

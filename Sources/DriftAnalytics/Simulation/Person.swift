import DriftModel

/// One simulated person with a sequence of random numbers of their own.
struct Person: Sendable {
    struct Line {
        var cents: Int
        var quantity: Int
        var item: Int
    }

    static let countries: [(name: String, weight: Double)] = [
        ("Spain", 52), ("Portugal", 14), ("France", 12), ("Germany", 9), ("Italy", 8), ("Ireland", 3), ("Norway", 2),
    ]

    /// 0-based day of the first contact.
    let arrival: Int
    private let isProspect: Bool
    /// Orders per day while active, before season.
    private let rate: Double
    /// Probability of leaving after an order.
    private let dropOut: Double
    private let medianCents: Double
    private let age: Double
    private let movingDay: Int
    private var isActive = true
    private var random: RandomSource

    init(index: Int, options: ShopSimulation.Options) {
        random = RandomSource(seed: options.seed, stream: UInt64(index))
        // Half of them were there when the records began, or came soon after.
        let isEarly = random.chance(0.5)
        arrival = random.below(max(1, isEarly ? (options.days + 4) / 5 : options.days))
        isProspect = random.chance(0.1)
        rate = random.gamma(shape: 1.1, scale: 0.045)
        dropOut = random.beta(0.7, 6)
        medianCents = random.logNormal(median: 2200, sigma: 0.5)
        age = min(90, max(18, 41 + 14 * random.normal()))
        movingDay = random.chance(0.04) ? random.below(max(1, options.days)) : -1
    }

    mutating func leave(withProbability share: Double) {
        if random.chance(share) { isActive = false }
    }

    func movesHouse(on index: Int) -> Bool { movingDay == index && index > arrival }

    mutating func profile(on index: Int, start: DayNumber) -> SimulatedRecord.Kind? {
        // Some never fill in the form.
        guard index != arrival || random.chance(0.85) else { return nil }
        let country = Person.countries[random.pick(weights: Person.countries.map(\.weight))].name
        return .profile(country: country, birthDate: start - DayNumber(age * 365.2425))
    }

    /// Visits without an order; those who left still look in now and then.
    mutating func visits(season: Double) -> Int {
        random.poisson(mean: (isActive ? 0.02 + rate * 0.8 : 0.004) * season)
    }

    /// Orders on a day; the day of arrival brings one.
    mutating func orders(on index: Int, season: Double) -> Int {
        guard isActive, !isProspect else { return 0 }
        let wanted = index == arrival ? 1 : random.poisson(mean: rate * season)
        for order in 0..<wanted where random.chance(dropOut) {
            isActive = false
            return order + 1
        }
        return wanted
    }

    mutating func basket() -> [Line] {
        let count = 1 + random.poisson(mean: 0.7)
        return (0..<count).map { _ in
            let quantity = 1 + random.poisson(mean: 0.4)
            // A few orders are of another size altogether.
            let sigma = random.chance(0.03) ? 1.6 : 0.6
            let each = max(50, random.logNormal(median: medianCents, sigma: sigma))
            return Line(cents: min(5_000_000, Int(each) * quantity), quantity: quantity, item: 1001 + random.below(240))
        }
    }

    /// Days until a line comes back; nil: it stays.
    mutating func returnsAfter() -> Int? { random.chance(0.05) ? 2 + random.below(13) : nil }

    /// Seconds since midnight: mostly between breakfast and late evening.
    mutating func timeOfDay() -> Int { min(86_000, max(21_600, Int(51_000 + 14_000 * random.normal()))) }
}

public import DriftModel
public import DriftStore

/// The database's outbox, held to what each destination may be told.
///
/// Up to its rate a destination gets alert by alert. Once that is used up, what falls due waits until the end of a
/// window and then becomes one digest; the alerts in it say so. Decision, count and digest are in the transaction
/// that takes the deliveries, so neither a crash nor a restart tells anything twice or gives a rate away.
public struct RatedOutbox: Outbox {
    private static let scope = "rate"

    private let store: Store
    private let rates: [String: DeliveryRate]
    private let digest: RateDigest

    /// - Parameter naming: What destinations that may not know customers call them.
    public init(
        store: Store, destinations: [DestinationConfiguration], instance: String, naming: CustomerNaming,
        hashCustomersInLogs: Bool = false
    ) {
        self.store = store
        rates = Dictionary(
            destinations.compactMap { destination in destination.rateInForce.map { (destination.name, $0) } },
            uniquingKeysWith: { $1 })
        let settings = AlertSettings(
            instance: instance, destinations: destinations, naming: naming, hashCustomersInLogs: hashCustomersInLogs)
        digest = RateDigest(settings: settings)
    }

    /// Due deliveries as far as the rate goes.
    public func takeDue(destination: String, now: Instant, limit: Int) throws -> [DeliveryRow] {
        guard let rate = rates[destination] else {
            return try store.takeDue(destination: destination, now: now, limit: limit)
        }
        return try store.write { transaction in
            guard try transaction.nextDeliveryDue(destinations: [destination]).map({ $0 <= now }) == true else {
                return []
            }
            let kept = try transaction.remembered(scope: Self.scope, key: destination)
            var standing = try kept.map { try FactsCoding.facts(RateStanding.self, from: $0) } ?? RateStanding()
            let taken = try take(destination, rate, &standing, now: now, limit: limit, transaction)
            try transaction.remember(
                scope: Self.scope, key: destination, value: try FactsCoding.text(standing))
            return taken
        }
    }

    private func take(
        _ destination: String, _ rate: DeliveryRate, _ standing: inout RateStanding, now: Instant, limit: Int,
        _ transaction: borrowing StoreTransaction
    ) throws -> [DeliveryRow] {
        var room = standing.fill(rate, now: now)
        var end = standing.held(rate, now: now)
        if end == nil, standing.endHold() { try digest.fold(destination, rate, now: now, transaction) }
        let taken = try transaction.takeDue(
            destination: destination, besidesExcess: end != nil, now: now, limit: min(limit, room))
        standing.spend(taken.count)
        room -= taken.count
        if room == 0, end == nil, try transaction.hasExcess(destination, now: now) {
            standing.hold(rate, now: now)
            end = standing.held(rate, now: now)
        }
        if let end { try transaction.holdDeliveries(destination, now: now, until: end, onlyExcess: true) }
        if room == 0 {
            try transaction.holdDeliveries(
                destination, now: now, until: standing.nextAt(rate, now: now), onlyExcess: false)
        }
        return taken
    }

    // MARK: The rest is the database's

    /// As the database does.
    public func recover(configured: Set<String>?, at instant: Instant) throws -> Int {
        try store.recover(configured: configured, at: instant)
    }

    /// In one transaction with what is told of it.
    public func settle(
        _ settled: [SettledDelivery], telling troubles: [OwnTrouble], by own: OwnAlerts, at instant: Instant
    ) throws {
        try store.settle(settled, telling: troubles, by: own, at: instant)
    }

    /// Whatever its rate.
    public func nextDue(_ destination: String) throws -> Instant? { try store.nextDue(destination) }

    /// What is over the rate is put off again when it is taken.
    public func hasten(_ destination: String, to instant: Instant) throws {
        try store.hasten(destination, to: instant)
    }

    /// As the database knows it.
    public func disabledReason(_ destination: String) throws -> String? { try store.disabledReason(destination) }

    /// In one transaction with what is told of it.
    public func disable(
        _ destination: String, reason: String, settling settled: SettledDelivery, telling trouble: OwnTrouble,
        by own: OwnAlerts, at instant: Instant
    ) throws {
        try store.disable(
            destination, reason: reason, settling: settled, telling: trouble, by: own, at: instant)
    }

    /// What was delivered; it is no matter of the rate.
    public func kept(_ destination: String, holdSeconds: Int64, now: Instant) throws -> [KeptAlert] {
        try store.kept(destination, holdSeconds: holdSeconds, now: now)
    }
}

/// Makes one message of what goes beyond a destination's rate.
struct RateDigest {
    let settings: AlertSettings

    /// One alert alone is told as it is.
    func fold(
        _ destination: String, _ rate: DeliveryRate, now: Instant, _ transaction: borrowing StoreTransaction
    ) throws {
        let excess = try transaction.excess(destination, now: now, topMax: DigestFacts.topMax)
        guard excess.count > 1, let first = excess.alertIDs.first, let detail = settings.detail(of: destination) else {
            return
        }
        let digestID = AlertID.make(
            instance: settings.instance, rule: "rate", group: destination, subject: first)
        let facts = try facts(excess, digestID: digestID, rate, destination, transaction)
        let rules = Set(excess.sums.map(\.rule))
        let rule = rules.count == 1 ? excess.sums[0].rule : "rate"
        let severity =
            Severity.allCases.first { severity in excess.sums.contains { $0.severity == severity } } ?? .notice
        let segmentations = Set(excess.sums.map(\.segmentation))
        let row = AlertRow(
            alertID: digestID, rule: rule, severity: severity, kind: "digest", state: .due, createdAt: now,
            effectiveAt: Instant(microseconds: facts.until),
            segmentation: segmentations.count == 1 ? excess.sums[0].segmentation : nil, groupKey: "rate",
            summary: DigestText.text(facts) { $0.customer })
        guard try transaction.insertAlert(row) else {
            throw StoreError.inconsistent("the first alert of digest \(digestID) was told by it before")
        }
        let events = CloudEvent(instance: settings.instance, naming: settings.naming)
        let body = events.digest(
            facts, alertID: digestID, rule: rule, severity: severity, time: Instant(microseconds: facts.until),
            detail: detail)
        try transaction.foldExcess(destination, now: now, digestID: digestID)
        try transaction.insertDelivery(alertID: digestID, destination: destination, body: body, dueAt: now)
    }

    private func facts(
        _ excess: DeliveryExcess, digestID: String, _ rate: DeliveryRate, _ destination: String,
        _ transaction: borrowing StoreTransaction
    ) throws -> DigestFacts {
        var facts = DigestFacts(
            kind: .rate, moves: excess.count, pairs: [], top: [], since: .max, until: .min, rules: [:])
        for sum in excess.sums {
            facts.rules[sum.rule, default: 0] += sum.count
            if let since = sum.since { facts.since = min(facts.since, since.microseconds) }
            if let until = sum.until { facts.until = max(facts.until, until.microseconds) }
            // Several rules may speak of one move; what is counted is alerts.
            guard let segmentation = sum.segmentation else { continue }
            facts.addPair(segmentation: segmentation, from: sum.from, to: sum.to, customers: sum.count)
        }
        // Files that were refused have no place in logical time.
        if facts.since > facts.until { (facts.since, facts.until) = (0, 0) }
        for row in excess.top {
            let customer = row.customer ?? 0
            facts.top.append(
                DigestFacts.Top(
                    customerID: customer, customer: try transaction.customerName(customer) ?? "#\(customer)",
                    segmentation: row.segmentation ?? "", from: row.from, to: row.to, value: row.worth))
        }
        facts.sort()
        facts.customers = excess.customers
        facts.digestID = digestID
        facts.alertIDs = excess.alertIDs
        facts.limit = "\(destination) takes \(rate)"
        return facts
    }
}

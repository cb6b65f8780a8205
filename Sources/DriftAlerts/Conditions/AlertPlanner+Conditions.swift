internal import DriftAnalytics
internal import DriftModel
internal import DriftStore

/// From the database's counts to the facts that rules about whole segments decide on.
extension AlertPlanner {
    func population(
        _ rule: PopulationRule, _ day: DayNumber, _ turn: DayTurn, _ transaction: borrowing StoreTransaction
    ) throws -> ConditionFacts? {
        let since = day - DayNumber(rule.compareSeconds / 86_400)
        guard let first = try transaction.firstDay(), since >= first else { return nil }
        let before = try sizes(rule.segmentation, since, turn, transaction)
        let after = try sizes(rule.segmentation, day, turn, transaction)
        let table = turn.moves.paired(
            segmentation: rule.segmentation, since: since, day: day, sizes: before,
            segments: turn.stored.segmentIDs[rule.segmentation])
        let segmentation = model.segmentations[rule.segmentation]
        let sizes = segmentation.segments.indices.map { (segmentation.segments[$0].id, before[$0], after[$0]) }
        return ConditionFacts(
            segmentation: segmentation.name, day: day, since: since,
            kind: .population(
                ConditionFacts.Population(
                    test: rule.test, paired: StuartMaxwell(table),
                    distance: PopulationDistance(before: before, after: after),
                    effect: PopulationDistance.totalVariation(before, after), sizes: sizes, pBelow: rule.pBelow,
                    effectAbove: rule.effectAbove, valueAbove: rule.valueAbove)))
    }

    func size(
        _ rule: SizeRule, _ day: DayNumber, _ turn: DayTurn, _ transaction: borrowing StoreTransaction
    ) throws -> ConditionFacts? {
        let since = day - DayNumber(rule.overSeconds / 86_400)
        guard let first = try transaction.firstDay(), since >= first else { return nil }
        let segmentation = model.segmentations[rule.segmentation]
        return ConditionFacts(
            segmentation: segmentation.name, day: day, since: since,
            kind: .size(
                segment: segmentation.segments[rule.segment].id,
                before: try sizes(rule.segmentation, since, turn, transaction)[rule.segment],
                after: try sizes(rule.segmentation, day, turn, transaction)[rule.segment],
                limitBelow: rule.changeBelow, limitAbove: rule.changeAbove))
    }

    /// Usual is the mean of the days before, as many of them as have been lived through; of fewer than a week nothing
    /// can be said.
    func flow(
        _ rule: FlowRule, _ day: DayNumber, _ turn: DayTurn, _ transaction: borrowing StoreTransaction
    ) throws -> ConditionFacts? {
        guard let first = try transaction.firstDay() else { return nil }
        let wanted = DayNumber(rule.againstSeconds / 86_400)
        let since = max(first, day - wanted)
        guard day - since >= min(7, wanted) else { return nil }
        let ids = turn.stored.segmentIDs[rule.segmentation]
        func number(_ side: SegmentMatch) -> Int64 {
            if case .segment(let index) = side { ids[index] } else { 0 }
        }
        func name(_ side: SegmentMatch) -> String? {
            if case .segment(let index) = side {
                model.segmentations[rule.segmentation].segments[index].id
            } else {
                nil
            }
        }
        let segmentation = turn.stored.segmentationIDs[rule.segmentation]
        let (from, to) = (number(rule.from), number(rule.to))
        let moves = try transaction.flow(segmentation: segmentation, from: from, to: to, days: day...day)
        let before = try transaction.flow(segmentation: segmentation, from: from, to: to, days: since...(day - 1))
        return ConditionFacts(
            segmentation: model.segmentations[rule.segmentation].name, day: day, since: since,
            kind: .flow(
                from: name(rule.from), to: name(rule.to), moves: moves, usual: Double(before) / Double(day - since),
                times: rule.times, atLeast: rule.atLeast))
    }

    /// Keeps the tests of a day for the view `drift_daily`.
    func record(
        _ facts: ConditionFacts, segmentation: Int64, _ transaction: borrowing StoreTransaction
    ) throws {
        guard case .population(let population) = facts.kind else { return }
        let paired = population.paired
        try transaction.recordDrift(
            day: facts.day, segmentation: segmentation, test: "stuart_maxwell", statistic: paired.statistic,
            pValue: paired.pValue, effect: population.effect, count: Int64(paired.count))
        let customers = Int64(population.sizes.reduce(0) { $0 + $1.after })
        try transaction.recordDrift(
            day: facts.day, segmentation: segmentation, test: "psi", statistic: population.distance.psi, pValue: nil,
            effect: population.effect, count: customers)
        try transaction.recordDrift(
            day: facts.day, segmentation: segmentation, test: "jsd", statistic: population.distance.jsd, pValue: nil,
            effect: population.effect, count: customers)
    }

    // MARK: Assumptions

    /// Everyone who is told anything by a rule of the model; without rules, every destination.
    var assumptionDestinations: [String] {
        var names: [String] = []
        for name in model.alerts.flatMap(\.notify) where !names.contains(name) { names.append(name) }
        return names.isEmpty ? settings.destinations.map(\.name) : names
    }

    func evaluate(
        _ assumption: Assumption, _ day: DayNumber, _ turn: DayTurn, _ transaction: borrowing StoreTransaction
    ) throws -> AlertCounts {
        let (finding, since) = try finding(assumption, day, turn, transaction)
        let state = ConditionPolicy.state(finding)
        let interval = finding.interval
        try transaction.recordAssumption(
            assumption.name, day: day, state: state, count: Int64(finding.cases),
            share: finding.cases > 0 ? interval.share : nil,
            interval: finding.cases > 0 ? (interval.low, interval.high) : nil)
        let memory = try transaction.remembered(scope: "assumption", key: assumption.name)?.split(separator: " ")
        let before = memory?.first.flatMap { AssumptionState(rawValue: String($0)) }
        guard state != before else { return AlertCounts() }
        if let told = memory?.dropFirst().first { try transaction.resolveAlert(String(told), at: turn.now) }
        var kept = state.rawValue
        var counts = AlertCounts()
        if ConditionPolicy.isNews(state, before: before) {
            let facts = ConditionFacts(
                segmentation: model.segmentations[assumption.segmentation].name, day: day, since: since,
                kind: .assumption(finding))
            let told = Told(
                rule: assumption.name, severity: state == .falsified ? .warning : .notice,
                notify: assumptionDestinations)
            let (alertID, news) = try tell(facts, told, turn, transaction)
            counts = news
            if state == .falsified {
                kept += " \(alertID)"
            } else {
                // Only a wrong assumption is a state to be ended.
                try transaction.resolveAlert(alertID, at: turn.now)
            }
        }
        try transaction.remember(scope: "assumption", key: assumption.name, value: kept)
        return counts
    }

    private func finding(
        _ assumption: Assumption, _ day: DayNumber, _ turn: DayTurn, _ transaction: borrowing StoreTransaction
    ) throws -> (AssumptionFinding, since: DayNumber?) {
        let segmentation = model.segmentations[assumption.segmentation]
        switch assumption.kind {
        case .share(let segment, let low, let high):
            let sizes = try sizes(assumption.segmentation, day, turn, transaction)
            return (
                AssumptionFinding(
                    name: assumption.name,
                    claim: .share(segment: segmentation.segments[segment].id, low: low, high: high),
                    hits: sizes[segment], cases: sizes.reduce(0, +)), nil
            )
        case .reach(let entered, let reach, let withinSeconds, let atLeast, let minCustomers):
            let ids = turn.stored.segmentIDs[assumption.segmentation]
            let segments = reach.map { segmentation.segments[$0].id }
            let key = [assumption.name, segmentation.segments[entered].id, "\(withinSeconds)"] + segments
            let cohort = CohortDefinition(
                key: key.joined(separator: "/"), segmentation: turn.stored.segmentationIDs[assumption.segmentation],
                entered: ids[entered], reach: Set(reach.map { ids[$0] }), withinSeconds: withinSeconds)
            while try !transaction.followCohort(cohort, zone: turn.stored.axis.zone) {}
            let within = DayNumber((withinSeconds + 86_399) / 86_400)
            let days = (day - within - 89)...(day - within)
            let found = try transaction.cohort(cohort.key, days: days)
            return (
                AssumptionFinding(
                    name: assumption.name,
                    claim: .reach(
                        entered: segmentation.segments[entered].id, reach: segments, withinDays: Int(within),
                        atLeast: atLeast, minCustomers: minCustomers), hits: found.reached, cases: found.entered),
                days.lowerBound
            )
        }
    }

    private func sizes(
        _ segmentation: Int, _ day: DayNumber, _ turn: DayTurn, _ transaction: borrowing StoreTransaction
    ) throws -> [Int] {
        let sizes = try transaction.sizes(segmentation: turn.stored.segmentationIDs[segmentation], on: day)
        return turn.stored.segmentIDs[segmentation].map { Int(max(0, sizes[$0] ?? 0)) }
    }
}

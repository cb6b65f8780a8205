internal import DriftEngine
internal import DriftModel

/// What made moves history, so that each is told in a digest of its own.
enum HistoryOrigin: String, CaseIterable {
    /// A first load, a backfill, catching up after a stop.
    case history
    case activation
    case calibration

    init(_ cause: Cause) {
        self =
            switch cause {
            case .model: .activation
            case .calibration: .calibration
            default: .history
            }
    }

    var kind: DigestFacts.Kind {
        switch self {
        case .history: .history
        case .activation: .activation
        case .calibration: .calibration
        }
    }
}

/// Counts of one chunk's history by what made it history; made only where there is some.
struct HistoryTallies: Sendable {
    private let table: RuleTable
    private(set) var tallies: [HistoryOrigin: HistoryTally] = [:]
    private var history: HistoryTally?

    init(table: RuleTable) {
        self.table = table
    }

    var moves: Int { all.reduce(0) { $0 + $1.tally.moves } }

    var isEmpty: Bool { history == nil && tallies.isEmpty }

    /// Adds counts of moves that no rule would have told.
    mutating func append(_ other: borrowing HistoryTallies) {
        for (origin, tally) in other.all {
            if origin != .history {
                tallies[origin, default: HistoryTally(table: table)].append(tally)
            } else if history == nil {
                history = tally
            } else {
                history?.append(tally)
            }
        }
    }

    var all: [(origin: HistoryOrigin, tally: HistoryTally)] {
        (history.map { [(.history, $0)] } ?? [])
            + HistoryOrigin.allCases.compactMap { origin in tallies[origin].map { (origin, $0) } }
    }

    /// - Parameter told: Positions of the rules that would have told the move.
    mutating func count(_ transition: Transition, rules told: [Int], table: RuleTable) {
        let origin = HistoryOrigin(transition.cause)
        if origin == .history {
            // By far the most: counted in place.
            if history == nil { history = HistoryTally(table: table) }
            history?.count(transition, rules: told, table: table)
        } else {
            tallies[origin, default: HistoryTally(table: table)].count(transition, rules: told, table: table)
        }
    }
}

/// Counts of one chunk's history: flat arrays, because a first load has millions of moves.
struct HistoryTally: Sendable {
    private(set) var moves = 0
    private var pairs: [[Int]]
    private var rules: [Int]
    private var top: [(value: Double, transition: Transition)] = []
    private var since = Int64.max
    private var until = Int64.min

    init(table: RuleTable) {
        pairs = table.pairCounts.map { [Int](repeating: 0, count: $0) }
        rules = [Int](repeating: 0, count: table.entries.count)
    }

    /// - Parameter told: Positions of the rules that would have told the move.
    mutating func count(_ transition: Transition, rules told: [Int], table: RuleTable) {
        moves += 1
        let pair = table.pair(segmentation: transition.segmentation, from: transition.from, to: transition.to)
        pairs[Int(transition.segmentation)][pair] += 1
        since = min(since, transition.effectiveAt.microseconds)
        until = max(until, transition.effectiveAt.microseconds)
        for position in told { rules[position] += 1 }
        guard !told.isEmpty, let value = transition.worth else { return }
        guard top.count < DigestText.topMax || value > (top.last?.value ?? 0) else { return }
        // Each customer once, by the move that weighs most: a year of history has many of the same.
        if let known = top.firstIndex(where: { $0.transition.customer == transition.customer }) {
            guard value > top[known].value else { return }
            top.remove(at: known)
        }
        top.insert((value, transition), at: top.firstIndex { $0.value < value } ?? top.count)
        if top.count > DigestText.topMax { top.removeLast() }
    }

    /// Adds counts of moves that no rule would have told.
    mutating func append(_ other: borrowing HistoryTally) {
        moves += other.moves
        since = min(since, other.since)
        until = max(until, other.until)
        for segmentation in pairs.indices {
            for pair in pairs[segmentation].indices {
                pairs[segmentation][pair] += other.pairs[segmentation][pair]
            }
        }
    }

    /// Adds this chunk to what was counted before.
    func merged(
        into earlier: DigestFacts?, kind: DigestFacts.Kind, table: RuleTable, model: Model
    ) -> DigestFacts {
        var facts =
            earlier
            ?? DigestFacts(kind: kind, moves: 0, pairs: [], top: [], since: .max, until: .min, rules: [:])
        facts.moves += moves
        facts.since = min(facts.since, since)
        facts.until = max(facts.until, until)
        for (segmentation, counts) in pairs.enumerated() {
            for (pair, count) in counts.enumerated() where count > 0 {
                let sides = table.sides(segmentation: segmentation, pair: pair)
                let names = Self.names(segmentation, sides.from, sides.to, model)
                facts.addPair(
                    segmentation: names.segmentation, from: names.from, to: names.to, customers: count)
            }
        }
        for (position, count) in rules.enumerated() where count > 0 {
            facts.rules[table.entries[position].name, default: 0] += count
        }
        facts.top += top.map { value, transition in
            let names = Self.names(Int(transition.segmentation), transition.from, transition.to, model)
            return DigestFacts.Top(
                customerID: transition.customer, customer: "", segmentation: names.segmentation, from: names.from,
                to: names.to, value: value)
        }
        facts.sort()
        var named = Set<Int64>()
        facts.top = Array(facts.top.filter { named.insert($0.customerID).inserted }.prefix(DigestText.topMax))
        return facts
    }

    private static func names(
        _ segmentation: Int, _ from: Int32?, _ to: Int32?, _ model: Model
    ) -> (segmentation: String, from: String?, to: String?) {
        let segmentation = model.segmentations[segmentation]
        return (
            segmentation.name, from.map { segmentation.segments[Int($0)].id },
            to.map { segmentation.segments[Int($0)].id }
        )
    }
}

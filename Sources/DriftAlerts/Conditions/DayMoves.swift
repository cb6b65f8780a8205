internal import DriftAnalytics
internal import DriftModel
internal import DriftStore

/// The moves of some days, for comparing the same customers on two of them.
struct DayMoves {
    /// Per segmentation of the model: moves by day, each customer's in their order.
    private var byDay: [Int: [DayNumber: [DayMove]]] = [:]

    /// Reads what the population rules of a planner will ask on some days.
    init(
        planner: AlertPlanner, days: ClosedRange<DayNumber>, stored: StoredModel,
        transaction: borrowing StoreTransaction
    ) throws {
        for (segmentation, back) in planner.populationDays {
            let moves = try transaction.moves(
                segmentation: stored.segmentationIDs[segmentation],
                days: (days.lowerBound - back + 1)...days.upperBound, zone: stored.axis.zone)
            byDay[segmentation] = Dictionary(grouping: moves, by: \.day)
        }
    }

    /// Who was where at the end of one day and at the end of a later one: customers in a segment on both.
    /// - Parameters:
    ///   - since: The first day; moves of the days after it up to `day` count.
    ///   - sizes: Of the segments at the end of `since`, in the order of `segments`.
    ///   - segments: The database's numbers of the model's segments.
    func paired(
        segmentation: Int, since: DayNumber, day: DayNumber, sizes: [Int], segments: [Int64]
    ) -> PairedTable {
        var places: [Int64: (from: Int64, to: Int64)] = [:]
        for moved in (since + 1)...day {
            for move in byDay[segmentation]?[moved] ?? [] {
                places[move.customer, default: (move.from, move.to)].to = move.to
            }
        }
        let positions = Dictionary(uniqueKeysWithValues: segments.enumerated().map { ($1, $0) })
        var table = PairedTable(width: segments.count)
        var stayed = sizes
        for place in places.values {
            let from = positions[place.from]
            if let from { stayed[from] -= 1 }
            guard let from, let to = positions[place.to] else { continue }
            table.add(1, from: from, to: to)
        }
        for (segment, count) in stayed.enumerated() where count > 0 { table.add(count, from: segment, to: segment) }
        return table
    }
}

import DriftModel

/// Moves and appearances per day, added up in memory before they touch the database.
struct DayCounts {
    struct Flow: Hashable {
        var segmentation: Int64
        var day: DayNumber
        var from: Int64
        var to: Int64
        var cause: Cause
    }

    struct SizeChange: Hashable {
        var segmentation: Int64
        /// 0 is NULL.
        var segment: Int64
        var day: DayNumber
    }

    private(set) var flows: [Flow: Int64] = [:]
    private(set) var appearances: [DayNumber: Int64] = [:]

    /// What the flows do to the sizes of segments.
    var sizeChanges: [SizeChange: Int64] {
        var changes: [SizeChange: Int64] = [:]
        for (flow, n) in flows where flow.from != flow.to {
            changes[SizeChange(segmentation: flow.segmentation, segment: flow.from, day: flow.day), default: 0] -= n
            changes[SizeChange(segmentation: flow.segmentation, segment: flow.to, day: flow.day), default: 0] += n
        }
        return changes.filter { $0.value != 0 }
    }

    mutating func appeared(on day: DayNumber) { appearances[day, default: 0] += 1 }

    mutating func moved(_ flow: Flow, _ count: Int64) { flows[flow, default: 0] += count }
}

extension StoreTransaction {
    /// Adds what has been counted to the days' counters: one upsert per counter, however many moves.
    func save(_ counts: DayCounts) throws {
        let statements = try connection.statements()
        for (day, n) in counts.appearances.sorted(by: { $0.key < $1.key }) {
            statements.addAppearance.bind(1, Int64(day))
            statements.addAppearance.bind(2, n)
            try statements.addAppearance.run()
        }
        for (change, n) in counts.sizeChanges {
            statements.addSizeChange.bind(1, change.segmentation)
            statements.addSizeChange.bind(2, change.segment)
            statements.addSizeChange.bind(3, Int64(change.day))
            statements.addSizeChange.bind(4, n)
            try statements.addSizeChange.run()
        }
        for (flow, n) in counts.flows {
            statements.addFlow.bind(1, flow.segmentation)
            statements.addFlow.bind(2, Int64(flow.day))
            statements.addFlow.bind(3, flow.from)
            statements.addFlow.bind(4, flow.to)
            statements.addFlow.bind(5, text: flow.cause.rawValue.utf8)
            statements.addFlow.bind(6, n)
            try statements.addFlow.run()
        }
    }
}

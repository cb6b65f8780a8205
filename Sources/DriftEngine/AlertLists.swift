import DriftModel

/// Which alert rules about transitions match which moves, worked out once: most moves match none.
struct AlertLists: Sendable {
    /// Indexes into ``Model/alerts``, list after list.
    private(set) var rules: [Int32] = []
    /// As the rules: the causes they are about, a bit each.
    private var causes: [UInt8] = []
    /// Of each segmentation, a list per pair of sides.
    private var lists: [Range<Int>] = []
    /// In ``lists``.
    private var firstList: [Int] = []
    private var sideCount: [Int] = []

    init(_ model: Model) {
        for (index, segmentation) in model.segmentations.enumerated() {
            let own = model.alerts.enumerated().compactMap { position, alert -> (Int32, MoveMatch)? in
                guard case .transition(let rule) = alert.kind, rule.match.segmentation == index else { return nil }
                return (Int32(position), rule.match)
            }
            // Without rules, one list serves all pairs: it is empty.
            let sides = own.isEmpty ? 0 : segmentation.segments.count + 1
            firstList.append(lists.count)
            sideCount.append(sides)
            if own.isEmpty { lists.append(0..<0) }
            for from in 0..<sides {
                for to in 0..<sides { append(own, from, to, segmentation.segments) }
            }
        }
    }

    /// - Parameters:
    ///   - from: One more than the segment; 0: NULL.
    private mutating func append(
        _ own: [(rule: Int32, match: MoveMatch)], _ from: Int, _ to: Int, _ segments: [Segment]
    ) {
        let start = rules.count
        for (rule, match) in own {
            guard Self.includes(match.from, from), Self.includes(match.to, to) else { continue }
            if let wanted = match.direction {
                guard from > 0, to > 0, Direction(from: segments[from - 1], to: segments[to - 1]) == wanted else {
                    continue
                }
            }
            rules.append(rule)
            causes.append((match.causes ?? Cause.allCases).reduce(0) { $0 | Self.bit($1) })
        }
        lists.append(start..<rules.count)
    }

    private static func includes(_ list: [SegmentMatch]?, _ side: Int) -> Bool {
        list?.contains(side == 0 ? .null : .segment(side - 1)) ?? true
    }

    private static func bit(_ cause: Cause) -> UInt8 {
        switch cause {
        case .event: 1
        case .time: 2
        case .late: 4
        case .model: 8
        case .calibration: 16
        case .merge: 32
        }
    }

    /// Positions of the rules that match a move, but for its cause.
    func list(segmentation index: Int, from: Int32?, to: Int32?) -> Range<Int> {
        let (first, sides) = (firstList.span[index], sideCount.span[index])
        if sides == 0 { return lists.span[first] }
        let (from, to) = (from.map { Int($0) + 1 } ?? 0, to.map { Int($0) + 1 } ?? 0)
        return lists.span[first &+ from &* sides &+ to]
    }

    func includes(_ position: Int, _ cause: Cause) -> Bool { causes[position] & Self.bit(cause) != 0 }
}

extension Direction {
    /// nil when a rank is missing.
    init?(from: Segment, to: Segment) {
        guard let before = from.rank, let after = to.rank else { return nil }
        self = after < before ? .up : after > before ? .down : .sideways
    }
}

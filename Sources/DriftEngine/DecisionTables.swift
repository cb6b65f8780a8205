import DriftModel

/// Segmentations decided by looking up, where every atomic comparison of the rules (and the population's) is of a
/// number feature with a constant: then only the place of each feature among its constants matters.
///
/// A table is filled by evaluating the rules themselves once for every combination of places; neighbouring
/// places that no rule tells apart are one.
///
/// All tables lie in the same flat lists: looking up counts no reference.
struct DecisionTables: Sendable {
    /// Where the table of one segmentation lies.
    struct Head: Sendable {
        /// Whether there is one.
        var isTable = false
        /// Whether the next change can be found along it.
        var isSearchable = false
        var axes = 0..<0
        /// In ``variantOfSegment``.
        var firstSegment = 0
        var firstEntry = 0
        /// Entries per variant: variant 0 for a current segment without `stay`, then one per segment with it.
        var size = 0
    }

    /// A feature and the numbers that divide its values: a range of ``thresholds``, ascending. A value has passed
    /// those it is not less than.
    struct Axis: Sendable {
        var feature: Int32
        /// The feature that makes it move: itself, or what its bands are over.
        var base: Int32
        var firstThreshold: Int32
        var thresholdCount: Int32
        var stride: Int32
        var motion: Motion
    }

    private(set) var heads: [Head] = []
    private(set) var axes: [Axis] = []
    /// As the axes: positions within the table, those first whose next change is found at once.
    private(set) var cheapestFirst: [Int32] = []
    private(set) var thresholds: [Double] = []
    private(set) var variantOfSegment: [Int32] = []
    /// Segment, or −1 for NULL.
    private(set) var entries: [Int16] = []
    /// As the entries: the axes (a bit each) that must be watched. The others, all together, may go anywhere without
    /// changing the segment while these stay where they are.
    private(set) var watched: [UInt16] = []

    static let sizeMax = 1 << 14
    static let axesMax = 14

    /// Adds the table of the next segmentation, or none: when some comparison is of another kind, or there are too
    /// many combinations.
    mutating func append(_ index: Int, _ engine: borrowing Engine) {
        guard var draft = DecisionDraft(index, engine) else {
            heads.append(Head())
            return
        }
        draft.fill(index, engine)
        draft.merge()
        var head = Head()
        head.isTable = true
        head.isSearchable = draft.features.allSatisfy { engine.motions[Int($0)] != .other }
        head.axes = axes.count..<(axes.count + draft.features.count)
        head.firstSegment = variantOfSegment.count
        head.firstEntry = entries.count
        head.size = draft.size
        let strides = draft.strides
        for (position, own) in draft.thresholds.enumerated() {
            let feature = draft.features[position]
            axes.append(
                Axis(
                    feature: feature, base: engine.base(feature), firstThreshold: Int32(thresholds.count),
                    thresholdCount: Int32(own.count), stride: Int32(strides[position]),
                    motion: engine.motions[Int(feature)]))
            thresholds += own
        }
        let order = draft.features.indices.sorted {
            let (left, right) = (engine.searchCost(draft.features[$0]), engine.searchCost(draft.features[$1]))
            return (left, $0) < (right, $1)
        }
        cheapestFirst += order.map { Int32($0) }
        variantOfSegment += draft.variantOfSegment.map { Int32($0) }
        entries += draft.entries
        watched += draft.watched(dearestFirst: order.reversed())
        heads.append(head)
    }

    /// Where a value lies among an axis' thresholds. 0: NULL; else one more than those it has passed.
    func place(_ cell: Cell, _ axis: Axis) -> Int {
        guard cell.tag == .number else { return 0 }
        let value = cell.number
        var place = 1
        let thresholds = thresholds.span
        for index in Int(axis.firstThreshold)..<Int(axis.firstThreshold &+ axis.thresholdCount) {
            if value < thresholds[index] { return place }
            place &+= 1
        }
        return place
    }

    /// The threshold that ends a place; nil: none.
    func threshold(_ place: Int, _ axis: Axis) -> Double? {
        place > 0 && place <= Int(axis.thresholdCount) ? thresholds[Int(axis.firstThreshold) + place - 1] : nil
    }

    /// Where the entries of a current segment start.
    func firstEntry(_ head: Head, current: Int32?) -> Int {
        guard let current else { return head.firstEntry }
        return head.firstEntry &+ Int(variantOfSegment.span[head.firstSegment &+ Int(current)]) &* head.size
    }

    /// The segment of an entry; nil: NULL.
    func segment(_ entry: Int) -> Int32? {
        let segment = entries.span[entry]
        return segment < 0 ? nil : Int32(segment)
    }
}

/// A table on its way.
private struct DecisionDraft {
    var features: [Int32] = []
    /// Of each feature, ascending.
    var thresholds: [[Double]] = []
    var variants: [Int32?] = [nil]
    var variantOfSegment: [Int] = []
    var entries: [Int16] = []

    /// Each constant divides twice: values below from itself, and itself from those above.
    init?(_ index: Int, _ engine: borrowing Engine) {
        let segments = engine.model.segmentations[index].segments
        guard engine.model.segmentations[index].nearest == nil, segments.count < Int(Int16.max) else { return nil }
        var limits: [Int32: Set<Double>] = [:]
        let rules = engine.rules[index]
        let involved = [engine.populationComparisons] + rules.when + rules.stay
        for comparison in involved.joined() {
            guard let simple = engine.simple[comparison] else { return nil }
            limits[simple.feature, default: []].formUnion([simple.limit, simple.limit.nextUp])
        }
        for (feature, own) in limits.sorted(by: { $0.key < $1.key }) {
            features.append(feature)
            thresholds.append(own.sorted())
            guard size <= DecisionTables.sizeMax, features.count <= DecisionTables.axesMax else { return nil }
        }
        for (position, segment) in segments.enumerated() {
            variantOfSegment.append(segment.stay == nil ? 0 : variants.count)
            if segment.stay != nil { variants.append(Int32(position)) }
        }
        guard size * variants.count <= DecisionTables.sizeMax else { return nil }
    }

    /// NULL, and before and after each threshold.
    private func placeCount(_ axis: Int) -> Int { thresholds[axis].count + 2 }

    var size: Int { thresholds.indices.reduce(1) { $0 * placeCount($1) } }

    var strides: [Int] {
        var strides: [Int] = []
        var stride = 1
        for axis in thresholds.indices {
            strides.append(stride)
            stride *= placeCount(axis)
        }
        return strides
    }

    mutating func fill(_ index: Int, _ engine: borrowing Engine) {
        var row = Row()
        var evaluator = Evaluator()
        row.prepare(count: engine.layout.plans.count)
        let (strides, size) = (strides, size)
        for current in variants {
            for entry in 0..<size {
                for (axis, feature) in features.enumerated() {
                    let place = entry / strides[axis] % placeCount(axis)
                    row.cells[Int(feature)] = representative(place, thresholds[axis])
                }
                let isCustomer = engine.isCustomer(row, &evaluator)
                let segment = isCustomer ? engine.segmentByRules(index, current: current, row, &evaluator) : nil
                entries.append(segment.map { Int16($0) } ?? -1)
            }
        }
    }

    /// A number in a place: the least one, where there is one.
    private func representative(_ place: Int, _ thresholds: [Double]) -> Cell {
        switch place {
        case 0: .null
        case 1: .number(thresholds[0].nextDown)
        default: .number(thresholds[place - 2])
        }
    }

    /// The axes to watch at each entry: all but a set, as many of the dearest as may be, over whose places the segment
    /// is the same.
    func watched(dearestFirst: [Int]) -> [UInt16] {
        let all = UInt16(truncatingIfNeeded: 1 << thresholds.count - 1)
        // Segments that are the same over all places of a set of axes, by the set; what is not, is `mixed`.
        let mixed = Int16.min
        var uniform: [UInt16: [Int16]] = [0: entries]
        return entries.indices.map { entry in
            var idle: UInt16 = 0
            for axis in dearestFirst.prefix(Self.idleAxesMax) {
                let wider = idle | 1 << UInt16(axis)
                if uniform[wider] == nil { uniform[wider] = merged(uniform[idle] ?? entries, over: axis, mixed: mixed) }
                if let segments = uniform[wider], segments[entry] != mixed { idle = wider }
            }
            return all & ~idle
        }
    }

    /// Bounds the work of ``watched(dearestFirst:)``.
    private static let idleAxesMax = 5

    /// The segments that are the same along an axis.
    private func merged(_ segments: [Int16], over axis: Int, mixed: Int16) -> [Int16] {
        let (stride, count) = (strides[axis], placeCount(axis))
        return segments.indices.map { index in
            let first = index - index / stride % count * stride
            let isSame = (1..<count).allSatisfy { segments[first + $0 * stride] == segments[first] }
            return isSame ? segments[first] : mixed
        }
    }

    /// Drops the thresholds that make no difference.
    mutating func merge() {
        for axis in thresholds.indices {
            for threshold in thresholds[axis].indices.reversed() where isIdle(threshold, axis) {
                entries = without(place: threshold + 2, axis)
                thresholds[axis].remove(at: threshold)
            }
        }
    }

    /// Whether the places before and after a threshold are decided alike, whatever the other features say.
    private func isIdle(_ threshold: Int, _ axis: Int) -> Bool {
        let (stride, count) = (strides[axis], placeCount(axis))
        return entries.indices.allSatisfy { entry in
            entry / stride % count != threshold + 2 || entries[entry] == entries[entry - stride]
        }
    }

    private func without(place: Int, _ axis: Int) -> [Int16] {
        let (stride, count) = (strides[axis], placeCount(axis))
        return entries.indices.filter { $0 / stride % count != place }.map { entries[$0] }
    }
}

/// How a feature moves while no event comes.
enum Motion: UInt8, Sendable {
    /// Not at all.
    case still
    /// In one direction, then perhaps to NULL for ever.
    case monotone
    /// When something leaves its window.
    case atExpiries
    case other
}

extension FeaturePlan {
    /// - Parameter input: The motion of the feature that bands are over.
    func motion(input: Motion) -> Motion {
        switch operation {
        case .count, .activeDays, .distinct, .minimum, .maximum, .last: isLifetime ? .still : .monotone
        case .sum, .average: isLifetime ? .still : .atExpiries
        case .first: isLifetime ? .still : .other
        case .sinceFirst: isLifetime ? .monotone : .other
        case .sinceLast, .sinceAttribute, .yearsSince, .decayed: .monotone
        case .attribute, .null: .still
        case .bands: input
        case .expression, .weights: .other
        }
    }
}

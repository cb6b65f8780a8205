import DriftModel

/// A segmentation decided by looking up, where every atomic comparison of its rules (and the population's) is of a
/// number feature with a constant: then only the place of each feature among its constants matters.
///
/// The table is filled by evaluating the rules themselves once for every combination of places; neighbouring
/// places that no rule tells apart are one.
///
/// A class, so that looking up costs one reference count.
final class DecisionTable: Sendable {
    /// A feature and the numbers that divide its values: a range of ``thresholds``, ascending. A value has passed
    /// those it is not less than.
    struct Axis: Sendable {
        var feature: Int32
        var firstThreshold: Int32
        var thresholdCount: Int32
        var stride: Int
    }

    let axes: [Axis]
    /// Indexes of the axes, those first whose next change is found at once.
    let cheapestFirst: [Int]
    let thresholds: [Double]
    /// Entries per variant: variant 0 for a current segment without `stay`, then one per segment with it.
    let size: Int
    let variantOfSegment: [Int]
    /// Segment, or −1 for NULL.
    let entries: [Int16]

    static let sizeMax = 1 << 14

    /// nil: some comparison is of another kind, or there are too many combinations.
    init?(_ index: Int, _ engine: borrowing Engine) {
        guard var draft = DecisionDraft(index, engine) else { return nil }
        draft.fill(index, engine)
        draft.merge()
        var axes: [Axis] = []
        var thresholds: [Double] = []
        let strides = draft.strides
        for (position, own) in draft.thresholds.enumerated() {
            axes.append(
                Axis(
                    feature: draft.features[position], firstThreshold: Int32(thresholds.count),
                    thresholdCount: Int32(own.count), stride: strides[position]))
            thresholds += own
        }
        self.axes = axes
        self.thresholds = thresholds
        cheapestFirst = axes.indices.sorted {
            let (left, right) = (engine.searchCost(axes[$0].feature), engine.searchCost(axes[$1].feature))
            return (left, $0) < (right, $1)
        }
        size = draft.size
        variantOfSegment = draft.variantOfSegment
        entries = draft.entries
    }

    /// Where a value lies among an axis' thresholds. 0: NULL; else one more than those it has passed.
    func place(_ cell: Cell, _ axis: Axis) -> Int {
        guard cell.tag == .number else { return 0 }
        let value = cell.number
        var place = 1
        for index in Int(axis.firstThreshold)..<Int(axis.firstThreshold + axis.thresholdCount) {
            if value < thresholds[index] { return place }
            place += 1
        }
        return place
    }

    /// The threshold that ends a place; nil: none.
    func threshold(_ place: Int, _ axis: Axis) -> Double? {
        place > 0 && place <= Int(axis.thresholdCount) ? thresholds[Int(axis.firstThreshold) + place - 1] : nil
    }

    /// The segment for a sum of places times strides; nil: NULL.
    func segment(_ entry: Int, current: Int32?) -> Int32? {
        let variant = current.map { variantOfSegment[Int($0)] } ?? 0
        let segment = entries[variant * size + entry]
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
            guard size <= DecisionTable.sizeMax else { return nil }
        }
        for (position, segment) in segments.enumerated() {
            variantOfSegment.append(segment.stay == nil ? 0 : variants.count)
            if segment.stay != nil { variants.append(Int32(position)) }
        }
        guard size * variants.count <= DecisionTable.sizeMax else { return nil }
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

import DriftModel

/// A segmentation decided by looking up, where every atomic comparison of its rules (and the population's) is of a
/// number feature with a constant: then only the place of each feature among its constants matters.
///
/// The table is filled by evaluating the rules themselves once for every combination of places.
///
/// A class, so that looking up costs one reference count.
final class DecisionTable: Sendable {
    /// A feature and the constants it is compared with: a range of ``limits``, ascending.
    struct Axis: Sendable {
        var feature: Int32
        var firstLimit: Int32
        var limitCount: Int32
        var stride: Int
        /// NULL, and before, at and after each limit.
        var placeCount: Int { Int(limitCount) * 2 + 2 }
    }

    let axes: [Axis]
    let limits: [Double]
    /// Entries per variant: variant 0 for a current segment without `stay`, then one per segment with it.
    let size: Int
    let variantOfSegment: [Int]
    /// Segment, or −1 for NULL.
    let entries: [Int16]

    static let sizeMax = 1 << 14

    /// nil: some comparison is of another kind, or there are too many combinations.
    init?(_ index: Int, _ engine: borrowing Engine) {
        let segments = engine.model.segmentations[index].segments
        guard engine.model.segmentations[index].nearest == nil, segments.count < Int(Int16.max) else { return nil }
        var limits: [Int32: Set<Double>] = [:]
        let rules = engine.rules[index]
        let involved = [engine.populationComparisons] + rules.when + rules.stay
        for comparison in involved.joined() {
            guard let simple = engine.simple[comparison] else { return nil }
            limits[simple.feature, default: []].insert(simple.limit)
        }
        var axes: [Axis] = []
        var sorted: [Double] = []
        var size = 1
        for (feature, own) in limits.sorted(by: { $0.key < $1.key }) {
            let axis = Axis(
                feature: feature, firstLimit: Int32(sorted.count), limitCount: Int32(own.count), stride: size)
            sorted += own.sorted()
            size *= axis.placeCount
            guard size <= Self.sizeMax else { return nil }
            axes.append(axis)
        }
        var variants: [Int32?] = [nil]
        var variantOfSegment: [Int] = []
        for (position, segment) in segments.enumerated() {
            variantOfSegment.append(segment.stay == nil ? 0 : variants.count)
            if segment.stay != nil { variants.append(Int32(position)) }
        }
        guard size * variants.count <= Self.sizeMax else { return nil }
        self.axes = axes
        self.limits = sorted
        self.size = size
        self.variantOfSegment = variantOfSegment
        entries = variants.flatMap { Self.entries(index, current: $0, axes, sorted, size, engine) }
    }

    private static func entries(
        _ index: Int, current: Int32?, _ axes: [Axis], _ limits: [Double], _ size: Int, _ engine: borrowing Engine
    ) -> [Int16] {
        var row = Row()
        var evaluator = Evaluator()
        row.prepare(count: engine.layout.plans.count)
        var entries: [Int16] = []
        for entry in 0..<size {
            for axis in axes {
                let place = entry / axis.stride % axis.placeCount
                let own = limits[Int(axis.firstLimit)..<Int(axis.firstLimit + axis.limitCount)]
                row.cells[Int(axis.feature)] = representative(place, Array(own))
            }
            let isCustomer = engine.isCustomer(row, &evaluator)
            let segment = isCustomer ? engine.segmentByRules(index, current: current, row, &evaluator) : nil
            entries.append(segment.map { Int16($0) } ?? -1)
        }
        return entries
    }

    /// A number in a place.
    private static func representative(_ place: Int, _ limits: [Double]) -> Cell {
        guard place > 0, !limits.isEmpty else { return .null }
        if place % 2 == 0 { return .number(limits[place / 2 - 1]) }
        let (before, after) = (place / 2 - 1, place / 2)
        if before < 0 { return .number(limits[0] - max(1, limits[0].magnitude)) }
        if after == limits.count { return .number(limits[before] + max(1, limits[before].magnitude)) }
        return .number(limits[before] / 2 + limits[after] / 2)
    }

    /// Where a value lies among an axis' limits. 0: NULL; odd: between limits; even: at a limit.
    func place(_ cell: Cell, _ axis: Axis) -> Int {
        guard cell.tag == .number else { return 0 }
        let value = cell.number
        var place = 1
        for index in Int(axis.firstLimit)..<Int(axis.firstLimit + axis.limitCount) {
            if value < limits[index] { return place }
            if value == limits[index] { return place + 1 }
            place += 2
        }
        return place
    }

    /// The limit that bounds a place from above, or that it is at; nil: none.
    func limit(_ place: Int, _ axis: Axis) -> Double? {
        let index = (place - 1) / 2
        return index < Int(axis.limitCount) ? limits[Int(axis.firstLimit) + index] : nil
    }

    /// The segment for a sum of places times strides; nil: NULL.
    func segment(_ entry: Int, current: Int32?) -> Int32? {
        let variant = current.map { variantOfSegment[Int($0)] } ?? 0
        let segment = entries[variant * size + entry]
        return segment < 0 ? nil : Int32(segment)
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

import DriftModel

/// A segmentation decided by looking up, where every atomic comparison of its rules (and the population's) is of a
/// number feature with a constant: then only the place of each feature among its constants matters.
///
/// The table is filled by evaluating the rules themselves once for every combination of places.
struct DecisionTable: Sendable {
    /// A feature and the constants it is compared with, ascending.
    struct Axis: Sendable {
        var feature: Int32
        var limits: [Double]
        var stride: Int
        /// NULL, and before, at and after each limit.
        var placeCount: Int { limits.count * 2 + 2 }

        /// 0: NULL; odd: between limits; even: at a limit.
        func place(_ cell: Cell) -> Int {
            guard cell.tag == .number else { return 0 }
            let value = cell.number
            var place = 1
            for limit in limits {
                if value < limit { return place }
                if value == limit { return place + 1 }
                place += 2
            }
            return place
        }

        /// A number in a place.
        func representative(_ place: Int) -> Cell {
            guard place > 0, !limits.isEmpty else { return .null }
            if place % 2 == 0 { return .number(limits[place / 2 - 1]) }
            let (before, after) = (place / 2 - 1, place / 2)
            if before < 0 { return .number(limits[0] - max(1, limits[0].magnitude)) }
            if after == limits.count { return .number(limits[before] + max(1, limits[before].magnitude)) }
            return .number(limits[before] / 2 + limits[after] / 2)
        }
    }

    var axes: [Axis] = []
    /// Entries per variant: variant 0 for a current segment without `stay`, then one per segment with it.
    var size = 1
    var variantOfSegment: [Int] = []
    /// Segment, or −1 for NULL.
    var entries: [Int16] = []

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
        for feature in limits.keys.sorted() {
            let axis = Axis(feature: feature, limits: (limits[feature] ?? []).sorted(), stride: size)
            size *= axis.placeCount
            guard size <= Self.sizeMax else { return nil }
            axes.append(axis)
        }
        var variants: [Int32?] = [nil]
        for (position, segment) in segments.enumerated() {
            variantOfSegment.append(segment.stay == nil ? 0 : variants.count)
            if segment.stay != nil { variants.append(Int32(position)) }
        }
        guard size * variants.count <= Self.sizeMax else { return nil }
        for variant in variants { fill(index, current: variant, engine) }
    }

    private mutating func fill(_ index: Int, current: Int32?, _ engine: borrowing Engine) {
        var row = Row()
        var evaluator = Evaluator()
        row.prepare(count: engine.layout.plans.count)
        for entry in 0..<size {
            for axis in axes {
                row.cells[Int(axis.feature)] = axis.representative(entry / axis.stride % axis.placeCount)
            }
            let isCustomer = engine.isCustomer(row, &evaluator)
            let segment = isCustomer ? engine.segmentByRules(index, current: current, row, &evaluator) : nil
            entries.append(segment.map { Int16($0) } ?? -1)
        }
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

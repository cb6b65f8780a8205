/// Proves over intervals that no values of the features fulfil some conditions: what the lint calls impossible.
///
/// The values of each feature that rules compare with constants fall into parts (NULL, below a constant, the constant,
/// between two). A box is a run of parts per feature; over a box the range evaluator says which conditions may hold.
/// A box that is not decided is cut in two, until single parts are left. What then is still open is not proven: the
/// proof never calls anything impossible that is possible, and may miss what is not. Features are taken to be
/// independent of each other.
struct RuleProof {
    private let features: [Feature]
    private let grain: Grain
    /// Boxes that may be looked at for one proof.
    private static let boxesMax = 2_000

    init(features: [Feature], grain: Grain) {
        self.features = features
        self.grain = grain
    }

    /// Whether nobody fulfils all of the wanted conditions without one of the others.
    func isImpossible(_ wanted: [Condition], without others: [Condition] = []) -> Bool {
        let space = FeatureSpace(conditions: wanted + others, features: features, grain: grain)
        var open = [space.whole]
        var looked = 0
        var row = FeatureBox(space)
        while let box = open.popLast() {
            looked += 1
            guard looked <= Self.boxesMax else { return false }
            row.fill(box, features)
            switch row.verdict(wanted, without: others) {
            case .nobody: continue
            case .somebody: return false
            case .open: break
            }
            guard let (left, right) = space.halves(box) else { return false }
            open.append(left)
            open.append(right)
        }
        return true
    }
}

/// The values of the features that some conditions read, in parts.
struct FeatureSpace {
    /// Features that are not computed from others, ascending.
    private(set) var leaves: [Int] = []
    /// All that are needed, ascending, which is an order of dependence.
    private(set) var needed: [Int] = []
    /// Of each leaf: sets that together hold every value it can have, in order.
    private(set) var parts: [[RangeCell]] = []
    /// Bytes of the texts among them.
    private(set) var text: [UInt8] = []

    /// A run of parts per leaf.
    typealias Box = [ClosedRange<Int>]

    init(conditions: [Condition], features: [Feature], grain: Grain) {
        var found: Set<Int> = []
        var queue = conditions.flatMap(\.inputs)
        while let feature = queue.popLast() {
            if found.insert(feature).inserted { queue += features[feature].dependencies }
        }
        needed = found.sorted()
        var constants = ConstantSearch(count: features.count)
        for condition in conditions { constants.search(condition.program.tree) }
        for feature in needed {
            switch features[feature].kind {
            case .expression(let program): constants.search(program.tree)
            case .bands(let input, let cuts, _): constants.add(cuts, of: input)
            case .quantileBands(let input, _, let cuts, _): constants.add(cuts ?? [], of: input)
            case .weights: break
            default: leaves.append(feature)
            }
        }
        for leaf in leaves {
            let values = FeatureDomain(features[leaf], grain: grain)
            parts.append(
                values.parts(
                    numbers: constants.numbers[leaf], texts: constants.texts[leaf],
                    hasOtherUses: constants.hasOtherUses[leaf], into: &text))
        }
    }

    var whole: Box { parts.map { 0...($0.count - 1) } }

    /// Cuts a box where it has most parts; nil: all have one.
    func halves(_ box: Box) -> (Box, Box)? {
        guard let widest = box.indices.max(by: { box[$0].count < box[$1].count }), box[widest].count > 1 else {
            return nil
        }
        let middle = box[widest].lowerBound + box[widest].count / 2
        var (left, right) = (box, box)
        left[widest] = box[widest].lowerBound...(middle - 1)
        right[widest] = middle...box[widest].upperBound
        return (left, right)
    }
}

/// Constants that features are compared with.
private struct ConstantSearch {
    var numbers: [Set<Double>]
    var texts: [Set<String>]
    /// Whether a text is used otherwise than being asked for equality with constants.
    var hasOtherUses: [Bool]

    init(count: Int) {
        numbers = Array(repeating: [], count: count)
        texts = Array(repeating: [], count: count)
        hasOtherUses = Array(repeating: false, count: count)
    }

    mutating func add(_ cuts: [Double], of feature: Int) {
        numbers[feature].formUnion(cuts)
    }

    mutating func search(_ tree: TypedTree) {
        var queue = [tree.root]
        while let index = queue.popLast() {
            let node = tree.nodes[Int(index)]
            let children = (0..<Int(node.count)).map { tree.child(node, $0) }
            queue += children
            let constants = children.compactMap { tree.constant(of: $0) }
            for child in children where tree.nodes[Int(child)].kind == .input {
                take(constants, of: Int(tree.nodes[Int(child)].extra), node, tree, others: children.count - 1)
            }
        }
        let root = tree.nodes[Int(tree.root)]
        if root.kind == .input { hasOtherUses[Int(root.extra)] = true }
    }

    private mutating func take(
        _ constants: [Cell], of feature: Int, _ node: TypedNode, _ tree: TypedTree, others: Int
    ) {
        for constant in constants {
            switch constant.tag {
            case .number: numbers[feature].insert(constant.number)
            case .date: numbers[feature].insert(Double(constant.day))
            case .text:
                texts[feature].insert(String(decoding: tree.text[constant.textRange], as: UTF8.self))
            default: break
            }
        }
        let isEquality =
            switch node.operation {
            case .equalTexts, .unequalTexts, .same, .distinct: node.kind == .operation || node.kind == .inList
            default: false
            }
        if !isEquality || constants.count != others { hasOtherUses[feature] = true }
    }
}

/// The values a feature can have.
private struct FeatureDomain {
    var tag: Cell.Tag
    var mayBeNull = true
    var isWhole = false
    var low = -Double.infinity
    var high = Double.infinity

    init(_ feature: Feature, grain: Grain) {
        tag = feature.type.tag
        switch feature.kind {
        case .count, .distinct: (mayBeNull, isWhole, low) = (false, true, 0)
        case .activeDays(let selection):
            (mayBeNull, isWhole, low) = (false, true, 0)
            if let window = selection.windowTicks, grain == .day { high = Double(window) }
        case .sum, .decayed: mayBeNull = false
        case .sinceEvent(let selection, _, _):
            (isWhole, low) = (true, 0)
            if let window = selection.windowTicks, grain == .day { high = Double(window) - 1 }
        case .sinceAttribute, .yearsSince: isWhole = true
        default: isWhole = tag == .date
        }
    }

    func parts(
        numbers: Set<Double>, texts: Set<String>, hasOtherUses: Bool, into text: inout [UInt8]
    ) -> [RangeCell] {
        var parts: [RangeCell] = mayBeNull ? [.null] : []
        switch tag {
        case .number, .date:
            var start = low
            for constant in numbers.sorted() where constant >= low && constant <= high {
                append(start, constant.nextDown, to: &parts)
                append(constant, constant, to: &parts)
                start = constant.nextUp
            }
            append(start, high, to: &parts)
        case .boolean: parts += [RangeCell(.boolean(false)), RangeCell(.boolean(true))]
        case .text:
            for constant in texts.sorted() where !hasOtherUses { parts.append(Self.point(constant, &text)) }
            // All other texts are alike to equality: one that is none of the constants stands for them.
            let other = (texts.max { $0.utf8.count < $1.utf8.count } ?? "") + "?"
            parts.append(hasOtherUses ? .anyText(mayBeNull: false) : Self.point(other, &text))
        case .timestamp, .null: parts.append(.anything)
        }
        return parts
    }

    private func append(_ low: Double, _ high: Double, to parts: inout [RangeCell]) {
        let (least, greatest) = isWhole ? (low.rounded(.up), high.rounded(.down)) : (low, high)
        guard least <= greatest else { return }
        parts.append(.interval(tag, least, greatest, mayBeNull: false))
    }

    private static func point(_ string: String, _ text: inout [UInt8]) -> RangeCell {
        let offset = text.count
        text += Array(string.utf8)
        return RangeCell(.text(offset: offset, count: text.count - offset))
    }
}

/// What all features can be within a box.
struct FeatureBox {
    private let space: FeatureSpace
    private var cells: [RangeCell] = []
    private var text: [UInt8] = []
    private var evaluator = RangeEvaluator()

    init(_ space: FeatureSpace) {
        self.space = space
    }

    mutating func fill(_ box: FeatureSpace.Box, _ features: [Feature]) {
        if cells.count != features.count { cells = Array(repeating: .null, count: features.count) }
        text = space.text
        for (position, leaf) in space.leaves.enumerated() {
            let run = space.parts[position][box[position]]
            cells[leaf] = run.dropFirst().reduce(run[box[position].lowerBound]) { $0.joined($1) }
        }
        for feature in space.needed {
            switch features[feature].kind {
            case .expression(let program): cells[feature] = computed(program)
            case .bands(let input, let cuts, let descending):
                cells[feature] = Self.banded(cells[input], cuts, descending)
            case .quantileBands(let input, _, let cuts, let descending):
                cells[feature] = cuts.map { Self.banded(cells[input], $0, descending) } ?? .null
            case .weights(let parts): cells[feature] = weighted(parts)
            default: break
            }
        }
    }

    enum Verdict { case nobody, somebody, open }

    /// Whether anybody in the box fulfils all conditions without one of the others; asks no more than it must.
    mutating func verdict(_ wanted: [Condition], without others: [Condition]) -> Verdict {
        var isCertain = true
        for condition in wanted {
            let truth = evaluate(condition.program)
            if !truth.mayBeTrue { return .nobody }
            isCertain = isCertain && truth.isCertainlyTrue
        }
        for condition in others {
            let truth = evaluate(condition.program)
            if truth.isCertainlyTrue { return .nobody }
            isCertain = isCertain && !truth.mayBeTrue
        }
        return isCertain ? .somebody : .open
    }

    mutating func evaluate(_ program: Program) -> RangeCell {
        // Taken out for the time of the call: it must not lie in what the spans borrow from.
        var own = RangeEvaluator()
        swap(&own, &evaluator)
        own.reset()
        let result = own.evaluate(program, inputs: cells.span, bytes: text.span)
        swap(&own, &evaluator)
        return result
    }

    /// A text that is known moves to the others.
    private mutating func computed(_ program: Program) -> RangeCell {
        let result = evaluate(program)
        guard result.isPoint, result.point.tag == .text, result.point.pool != .input else { return result }
        let source = result.point.pool == .scratch ? evaluator.text : program.tree.text
        let offset = text.count
        text += source[result.point.textRange]
        return RangeCell(.text(offset: offset, count: text.count - offset))
    }

    private static func banded(_ input: RangeCell, _ cuts: [Double], _ descending: Bool) -> RangeCell {
        guard input.mayBeValue else { return .null }
        func band(_ value: Double) -> Double {
            let number = 1 + cuts.count { $0 < value }
            return Double(descending ? cuts.count + 2 - number : number)
        }
        let (first, last) = (band(input.low), band(input.high))
        return .number(min(first, last), max(first, last), mayBeNull: input.mayBeNull)
    }

    private func weighted(_ parts: [(feature: Int, weight: Double)]) -> RangeCell {
        var (low, high) = (0.0, 0.0)
        var mayBeNull = false
        for part in parts {
            let cell = cells[part.feature]
            guard cell.mayBeValue else { return .null }
            mayBeNull = mayBeNull || cell.mayBeNull
            guard part.weight != 0 else { continue }
            low += part.weight * (part.weight > 0 ? cell.low : cell.high)
            high += part.weight * (part.weight > 0 ? cell.high : cell.low)
        }
        guard low.isFinite, high.isFinite else {
            return .number(low.isNaN ? -.infinity : low, high.isNaN ? .infinity : high, mayBeNull: true)
        }
        return .number(low, high, mayBeNull: mayBeNull)
    }
}

extension ValueType {
    fileprivate var tag: Cell.Tag {
        switch self {
        case .number: .number
        case .text: .text
        case .boolean: .boolean
        case .date: .date
        case .timestamp: .timestamp
        }
    }
}

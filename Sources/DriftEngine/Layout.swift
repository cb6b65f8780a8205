import DriftModel

/// What is kept per customer for the events of one selection. Features that look at the same events through
/// the same expression share one series; it keeps ticks only as far as the longest of their windows.
struct SeriesLayout: Sendable {
    enum Shape: UInt8, Sendable {
        /// Counts, exact sums and extremes per tick, and over the whole life where a feature wants it.
        case tally
        /// Exact sums per tick, for ever, with the decayed total up to each.
        case decay
        /// Each distinct value with the latest tick it was seen at.
        case distinct
        /// The first value per tick within the windows, and the first of all.
        case first
        /// The value of the last event.
        case last
    }

    var shape: Shape
    /// Ascending, each once.
    var types: [Int]
    var filter: Program?
    var filterText: String?
    var scalar: Scalar?
    /// The field the scalar is, when it is just that.
    var directField: Int?
    var valueType: ValueType?
    var halfLifeTicks = 0.0

    /// Ticks kept: those in (front − retainTicks, front]; 0 none, ``forEver`` all.
    var retainTicks: Int32 = 0
    var keepsCounts = false
    var keepsSums = false
    var keepsExtremes = false
    /// Over the customer's whole life.
    var totalCounts = false
    var totalSums = false
    var totalExtremes = false
    /// First and last tick with an event; or, by shape, the value of the first event of all.
    var keepsFirstTick = false
    var keepsLastTick = false
    var keepsFirstValue = false
    /// Distinct values over the whole life.
    var keepsAllValues = false
    /// Some feature over the whole life reads this: events of any age matter.
    var isLifetime = false

    /// What is kept, without the expressions: copied freely on the hot path.
    struct Kept: Sendable {
        var shape: Shape
        var valueType: ValueType?
        var halfLifeTicks: Double
        var retainTicks: Int32
        var keepsCounts: Bool
        var keepsSums: Bool
        var keepsExtremes: Bool
        var totalCounts: Bool
        var totalSums: Bool
        var totalExtremes: Bool
        var keepsFirstTick: Bool
        var keepsLastTick: Bool
        var keepsFirstValue: Bool
        var keepsAllValues: Bool

        var keepsTotal: Bool { totalCounts || totalSums || totalExtremes }
        /// Values go in as they are, not as millionths.
        var keepsValues: Bool { shape == .distinct || shape == .first || shape == .last }
    }

    var kept: Kept {
        Kept(
            shape: shape, valueType: valueType, halfLifeTicks: halfLifeTicks, retainTicks: retainTicks,
            keepsCounts: keepsCounts, keepsSums: keepsSums, keepsExtremes: keepsExtremes, totalCounts: totalCounts,
            totalSums: totalSums, totalExtremes: totalExtremes, keepsFirstTick: keepsFirstTick,
            keepsLastTick: keepsLastTick, keepsFirstValue: keepsFirstValue, keepsAllValues: keepsAllValues)
    }

    static let forEver = Int32.max
    /// Longer windows hold every event there can be; keeps tick arithmetic within 32 bits.
    static let windowTicksMax: Int32 = 1 << 30

    init(shape: Shape, selection: Selection, scalar: Scalar?) {
        self.shape = shape
        types = selection.types
        filter = selection.filter
        filterText = selection.filterText
        self.scalar = scalar
        valueType = scalar?.type
    }

    mutating func retain(_ windowTicks: Int32?) {
        retainTicks = max(retainTicks, windowTicks.map { min($0, Self.windowTicksMax) } ?? Self.forEver)
    }

    func serves(_ shape: Shape, _ selection: Selection, scalar: Scalar?) -> Bool {
        self.shape == shape && types == selection.types && filterText == selection.filterText
            && self.scalar?.text == scalar?.text
    }
}

/// The storage of a model: which series there are and how each feature reads them.
struct Layout: Sendable {
    var series: [SeriesLayout] = []
    /// ``SeriesLayout/kept`` of each series.
    var kept: [SeriesLayout.Kept] = []
    var plans: [FeaturePlan] = []
    var programs: [Program] = []
    var cuts: [Double] = []
    var weights: [(feature: Int32, weight: Double)] = []
    /// Series that an event of a type touches, by type.
    var seriesOfType: [[Int32]] = []
    /// As ``seriesOfType``, flat: what an event of a type does to each series, and where the field lies.
    var touches: [Touch] = []
    var touchesOfType: [Range<Int>] = []
    /// Whether events of a type set attributes.
    var typeSetsAttributes: [Bool] = []
    /// Whether an event of a type matters at any age, by type.
    var typeIsLifetime: [Bool] = []
    /// The longest window of the model; 0 without windows.
    var longestWindowTicks: Int32 = 0
    /// Written into each state, so that another model's bytes are not misread.
    var fingerprint: UInt16 = 0

    init(_ model: Model) {
        for feature in model.features {
            let plan = plan(feature, grain: model.grain)
            if plan.isLifetime, plan.operation.readsSeries { series[Int(plan.source)].isLifetime = true }
            plans.append(plan)
        }
        for index in series.indices { resolveDirectField(index, model) }
        kept = series.map(\.kept)
        seriesOfType = Array(repeating: [], count: model.eventTypes.count)
        typeIsLifetime = model.eventTypes.map { !$0.sets.isEmpty }
        for (index, entry) in series.enumerated() {
            for type in entry.types {
                seriesOfType[type].append(Int32(index))
                if entry.isLifetime { typeIsLifetime[type] = true }
            }
        }
        for (type, touched) in seriesOfType.enumerated() {
            let start = touches.count
            for index in touched { touches.append(Touch(index, series[Int(index)], model.eventTypes[type])) }
            touchesOfType.append(start..<touches.count)
        }
        typeSetsAttributes = model.eventTypes.map { !$0.sets.isEmpty }
        fingerprint = UInt16(truncatingIfNeeded: describe(model).finalize())
    }

    // MARK: Features to plans

    private mutating func plan(_ feature: Feature, grain: Grain) -> FeaturePlan {
        switch feature.kind {
        case .count, .sum, .average, .minimum, .maximum, .activeDays, .sinceEvent: planTally(feature.kind, grain)
        case .decayed(let selection, let scalar, let halfLife): planDecay(selection, scalar, halfLife)
        case .distinct, .first, .last: planValues(feature.kind)
        case .attribute(let index): FeaturePlan(.attribute, source: index)
        case .sinceAttribute(let index): FeaturePlan(.sinceAttribute, source: index)
        case .yearsSince(let index): FeaturePlan(.yearsSince, source: index)
        case .expression(let program): planExpression(program)
        case .bands(let input, let cuts, let descending): planBands(input, cuts, descending)
        case .quantileBands(let input, _, let cuts, let descending):
            cuts.map { planBands(input, $0, descending) } ?? FeaturePlan(.null, source: input)
        case .weights(let parts): planWeights(parts)
        }
    }

    private mutating func planTally(_ kind: Feature.Kind, _ grain: Grain) -> FeaturePlan {
        switch kind {
        case .count(let selection):
            let index = countingSeries(selection)
            if let window = window(selection) {
                keep(index, window) { $0.keepsCounts = true }
            } else {
                series[index].totalCounts = true
            }
            return FeaturePlan(.count, source: index, windowTicks: selection.windowTicks)
        case .activeDays(let selection):
            let index = countingSeries(selection)
            keep(index, window(selection)) { $0.keepsCounts = true }
            var plan = FeaturePlan(.activeDays, source: index, windowTicks: selection.windowTicks)
            plan.inDays = grain == .hour
            return plan
        case .sinceEvent(let selection, let end, let unit):
            let index = countingSeries(selection)
            switch (end, window(selection)) {
            case (.first, let window?): keep(index, window) { $0.keepsCounts = true }
            case (.first, nil): series[index].keepsFirstTick = true
            case (.last, _): series[index].keepsLastTick = true
            }
            var plan = FeaturePlan(
                end == .first ? .sinceFirst : .sinceLast, source: index, windowTicks: selection.windowTicks)
            plan.inDays = grain == .hour && unit == .days
            return plan
        case .sum(let selection, let scalar): return planSum(.sum, selection, scalar)
        case .average(let selection, let scalar): return planSum(.average, selection, scalar)
        case .minimum(let selection, let scalar): return planExtreme(.minimum, selection, scalar)
        case .maximum(let selection, let scalar): return planExtreme(.maximum, selection, scalar)
        default: preconditionFailure("not a tally")
        }
    }

    private mutating func planSum(
        _ operation: FeaturePlan.Operation, _ selection: Selection, _ scalar: Scalar
    ) -> FeaturePlan {
        let index = seriesIndex(.tally, selection, scalar)
        if let window = window(selection) {
            keep(index, window) { $0.keepsSums = true }
        } else {
            series[index].totalSums = true
        }
        return FeaturePlan(operation, source: index, windowTicks: selection.windowTicks)
    }

    private mutating func planExtreme(
        _ operation: FeaturePlan.Operation, _ selection: Selection, _ scalar: Scalar
    ) -> FeaturePlan {
        let index = seriesIndex(.tally, selection, scalar)
        if let window = window(selection) {
            keep(index, window) { $0.keepsExtremes = true }
        } else {
            series[index].totalExtremes = true
        }
        return FeaturePlan(operation, source: index, windowTicks: selection.windowTicks)
    }

    private mutating func planDecay(_ selection: Selection, _ scalar: Scalar, _ halfLife: Double) -> FeaturePlan {
        let found = series.firstIndex { $0.serves(.decay, selection, scalar: scalar) && $0.halfLifeTicks == halfLife }
        if let found { return FeaturePlan(.decayed, source: found) }
        var added = SeriesLayout(shape: .decay, selection: selection, scalar: scalar)
        added.halfLifeTicks = halfLife
        added.keepsSums = true
        added.retainTicks = SeriesLayout.forEver
        series.append(added)
        return FeaturePlan(.decayed, source: series.count - 1)
    }

    private mutating func planValues(_ kind: Feature.Kind) -> FeaturePlan {
        switch kind {
        case .distinct(let selection, let scalar):
            let index = seriesIndex(.distinct, selection, scalar)
            if let window = window(selection) {
                keep(index, window) { _ in }
            } else {
                series[index].keepsAllValues = true
            }
            return FeaturePlan(.distinct, source: index, windowTicks: selection.windowTicks)
        case .first(let selection, let scalar):
            let index = seriesIndex(.first, selection, scalar)
            if let window = window(selection) {
                keep(index, window) { _ in }
            } else {
                series[index].keepsFirstValue = true
            }
            return FeaturePlan(.first, source: index, windowTicks: selection.windowTicks)
        case .last(let selection, let scalar):
            _ = window(selection)
            let index = seriesIndex(.last, selection, scalar)
            return FeaturePlan(.last, source: index, windowTicks: selection.windowTicks)
        default: preconditionFailure("not a series of values")
        }
    }

    private mutating func planExpression(_ program: Program) -> FeaturePlan {
        programs.append(program)
        return FeaturePlan(.expression, source: programs.count - 1)
    }

    private mutating func planBands(_ input: Int, _ cuts: [Double], _ descending: Bool) -> FeaturePlan {
        var plan = FeaturePlan(.bands, source: input)
        plan.descending = descending
        plan.listStart = Int32(self.cuts.count)
        plan.listCount = Int32(cuts.count)
        self.cuts += cuts
        return plan
    }

    private mutating func planWeights(_ parts: [(feature: Int, weight: Double)]) -> FeaturePlan {
        var plan = FeaturePlan(.weights, source: 0)
        plan.listStart = Int32(weights.count)
        plan.listCount = Int32(parts.count)
        weights += parts.map { (Int32($0.feature), $0.weight) }
        return plan
    }

    // MARK: Series

    /// The window, remembered as one of the model's.
    private mutating func window(_ selection: Selection) -> Int32? {
        guard let window = selection.windowTicks else { return nil }
        longestWindowTicks = max(longestWindowTicks, min(window, SeriesLayout.windowTicksMax))
        return window
    }

    private mutating func keep(_ index: Int, _ window: Int32?, _ change: (inout SeriesLayout) -> Void) {
        series[index].retain(window)
        change(&series[index])
    }

    private mutating func seriesIndex(_ shape: SeriesLayout.Shape, _ selection: Selection, _ scalar: Scalar?) -> Int {
        if let found = series.firstIndex(where: { $0.serves(shape, selection, scalar: scalar) }) { return found }
        series.append(SeriesLayout(shape: shape, selection: selection, scalar: scalar))
        return series.count - 1
    }

    /// A tally over the selection; events are counted whatever its scalar says, so any will do.
    private mutating func countingSeries(_ selection: Selection) -> Int {
        let found = series.firstIndex {
            $0.shape == .tally && $0.types == selection.types && $0.filterText == selection.filterText
        }
        return found ?? seriesIndex(.tally, selection, nil)
    }

    /// A scalar that is just a field is read without the evaluator.
    private mutating func resolveDirectField(_ index: Int, _ model: Model) {
        guard let scalar = series[index].scalar else { return }
        series[index].directField = model.fields.firstIndex { $0.name == scalar.text && $0.type == scalar.type }
    }

    private func describe(_ model: Model) -> StableHash {
        var hash = StableHash()
        func add(_ text: String) {
            for byte in text.utf8 { hash.combine(byte) }
            hash.combine(UInt8(0xFF))
        }
        add(model.timezone)
        add(model.grain.rawValue)
        for entry in series {
            add("\(entry.shape.rawValue) \(entry.retainTicks) \(entry.halfLifeTicks)")
            for type in entry.types { add(model.eventTypes[type].name) }
            add(entry.filterText ?? "")
            add(entry.scalar?.text ?? "")
            let flags = [
                entry.keepsCounts, entry.keepsSums, entry.keepsExtremes, entry.totalCounts, entry.totalSums,
                entry.totalExtremes, entry.keepsFirstTick, entry.keepsLastTick, entry.keepsFirstValue,
                entry.keepsAllValues,
            ]
            for flag in flags { hash.combine(UInt8(flag ? 1 : 0)) }
        }
        for attribute in model.attributes { add("\(attribute.name) \(attribute.type.rawValue)") }
        for segmentation in model.segmentations {
            add(segmentation.name)
            for segment in segmentation.segments { add(segment.id) }
        }
        return hash
    }
}

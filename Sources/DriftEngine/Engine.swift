public import DriftModel

/// A model made ready to run: how events change a customer's state, what the state says at a tick, and when time
/// alone will change that. Immutable; one serves all threads. No clock, no I/O.
///
/// For one customer and one batch of records: ``CustomerState/decode(_:engine:)``, then
/// ``apply(_:of:customer:to:logicalBefore:classes:late:outcome:scratch:)``, then
/// ``CustomerState/encode(engine:into:)``. Customers whose ``CustomerState/wakeTick`` has come:
/// ``advance(_:customer:to:outcome:scratch:)``.
public struct Engine: Sendable {
    public let model: Model
    public let axis: TimeAxis
    /// Every atomic comparison of the rules, in a stable order (see ``EngineComparison``).
    public let comparisons: [EngineComparison]

    let layout: Layout
    /// Comparisons of a feature with a constant number, by index into ``comparisons``; nil: another kind.
    let simple: [SimpleComparison?]
    let rules: [SegmentationRules]
    let populationComparisons: Range<Int>
    /// Features any rule needs, each after what it depends on: what is evaluated at each step.
    let ruleFeatures: [Int32]
    /// Of these, those the alert rules and the worth of a customer need besides.
    let alertFeatures: [Int32]
    let allFeatures: [Int32]
    let alertLists: AlertLists
    /// Comparisons that may flip with a move, in the order of a reason; of each segmentation, a range.
    let suspects: [Suspect]
    let suspectsOfSegmentation: [Range<Int>]
    /// All names of event types one after the other, and where each lies: the `type` that filters see.
    let typeNames: [UInt8]
    let typeNameRanges: [Range<Int>]

    /// Of segmentations that can be decided by looking up.
    private(set) var tables = DecisionTables()
    /// How each feature moves while no event comes.
    let motions: [Motion]

    /// What the rules of one segmentation read.
    struct SegmentationRules: Sendable {
        /// Comparisons of each segment's `when` and `stay`.
        var when: [Range<Int>] = []
        var stay: [Range<Int>] = []
        /// Inputs of the rules up to and including each segment and the population's; index 0: the population's.
        var inputs: [[Int32]] = []
        /// Inputs of each segment's `stay` alone.
        var stayInputs: [[Int32]] = []
        /// Everything the segmentation needs, in order of dependence.
        var features: [Int32] = []
        /// Whether time alone can change anything.
        var dependsOnTime = false
    }

    /// - Parameters:
    ///   - model: As loaded.
    ///   - axis: The model's zone and grain.
    public init(model: Model, axis: TimeAxis) {
        self.model = model
        self.axis = axis
        layout = Layout(model)
        var builder = RuleTables(model: model, layout: layout)
        builder.build()
        comparisons = builder.comparisons
        simple = builder.comparisons.map { SimpleComparison($0.comparison) }
        rules = builder.rules
        populationComparisons = builder.population
        ruleFeatures = builder.closure(of: builder.rules.flatMap(\.features))
        alertFeatures = builder.closure(of: builder.alertInputs)
        allFeatures = model.features.indices.map { Int32($0) }
        alertLists = AlertLists(model)
        (suspects, suspectsOfSegmentation) = builder.suspects(simple)
        var names: [UInt8] = []
        typeNameRanges = model.eventTypes.map { type in
            let start = names.count
            names += Array(type.name.utf8)
            return start..<names.count
        }
        typeNames = names
        motions = builder.motions
        var tables = DecisionTables()
        for index in model.segmentations.indices { tables.append(index, self) }
        self.tables = tables
    }

    /// The inputs of the rules involved in a move: those of the segments listed up to the later of `from` and `to`
    /// and the population's, with everything they are computed from. Ascending.
    public func inputFeatures(segmentation: Int, from: Int32?, to: Int32?) -> [Int32] {
        let table = rules[segmentation]
        let inputs = table.inputs[Int(max(from ?? -1, to ?? -1)) + 1]
        guard let from, !table.stayInputs[Int(from)].isEmpty else { return inputs }
        return Array(Set(inputs + table.stayInputs[Int(from)])).sorted()
    }
}

/// Builds the engine's tables of rules.
struct RuleTables {
    let model: Model
    let layout: Layout
    var comparisons: [EngineComparison] = []
    var rules: [Engine.SegmentationRules] = []
    var population = 0..<0
    var alertInputs: [Int32] = []

    init(model: Model, layout: Layout) {
        self.model = model
        self.layout = layout
    }

    mutating func build() {
        let populationInputs = model.population.map { closure(of: $0.inputs.map { Int32($0) }) } ?? []
        population = add(model.population, .population, nil, nil)
        for (index, segmentation) in model.segmentations.enumerated() {
            rules.append(table(segmentation, Int32(index), populationInputs))
        }
        if let value = model.valueFeature { alertInputs.append(Int32(value)) }
        for alert in model.alerts {
            guard case .transition(let rule) = alert.kind else { continue }
            alertInputs += (rule.when?.inputs ?? []).map { Int32($0) }
        }
    }

    private mutating func table(
        _ segmentation: Segmentation, _ index: Int32, _ populationInputs: [Int32]
    ) -> Engine.SegmentationRules {
        var table = Engine.SegmentationRules()
        var inputs = Set(populationInputs)
        if let nearest = segmentation.nearest {
            inputs.formUnion(closure(of: nearest.inputs.map { Int32($0.feature) }))
        }
        table.inputs = [inputs.sorted()]
        var all = inputs
        for (position, segment) in segmentation.segments.enumerated() {
            table.when.append(add(segment.when, .when, index, Int32(position)))
            table.stay.append(add(segment.stay, .stay, index, Int32(position)))
            inputs.formUnion(closure(of: (segment.when?.inputs ?? []).map { Int32($0) }))
            let stay = closure(of: (segment.stay?.inputs ?? []).map { Int32($0) })
            table.inputs.append(inputs.sorted())
            table.stayInputs.append(stay)
            all.formUnion(stay)
        }
        table.features = all.union(inputs).sorted()
        table.dependsOnTime = table.features.contains { dependsOnTime(layout.plans[Int($0)]) }
        return table
    }

    /// The comparisons each segmentation's reasons are made of: the population's, then those of each segment.
    func suspects(_ simple: [SimpleComparison?]) -> (all: [Suspect], ofSegmentation: [Range<Int>]) {
        var all: [Suspect] = []
        var ranges: [Range<Int>] = []
        for table in rules {
            let start = all.count
            for comparison in population { all.append(Suspect(comparison, -1, isStay: false, simple[comparison])) }
            for (segment, (when, stay)) in zip(table.when, table.stay).enumerated() {
                for comparison in when { all.append(Suspect(comparison, segment, isStay: false, simple[comparison])) }
                for comparison in stay { all.append(Suspect(comparison, segment, isStay: true, simple[comparison])) }
            }
            ranges.append(start..<all.count)
        }
        return (all, ranges)
    }

    private mutating func add(
        _ condition: Condition?, _ role: EngineComparison.Role, _ segmentation: Int32?, _ segment: Int32?
    ) -> Range<Int> {
        let start = comparisons.count
        for comparison in condition?.comparisons ?? [] {
            comparisons.append(
                EngineComparison(role: role, segmentation: segmentation, segment: segment, comparison: comparison))
        }
        return start..<comparisons.count
    }

    /// The features and all they are computed from, ascending (which is an order of dependence).
    func closure(of features: [Int32]) -> [Int32] {
        var found: Set<Int32> = []
        var queue = features
        while let feature = queue.popLast() {
            guard found.insert(feature).inserted else { continue }
            queue += model.features[Int(feature)].dependencies.map { Int32($0) }
        }
        return found.sorted()
    }

    /// How each feature moves while no event comes.
    var motions: [Motion] {
        var motions: [Motion] = []
        for plan in layout.plans {
            motions.append(plan.motion(input: plan.operation == .bands ? motions[Int(plan.source)] : .other))
        }
        return motions
    }

    private func dependsOnTime(_ plan: FeaturePlan) -> Bool {
        switch plan.operation {
        case .count, .sum, .average, .minimum, .maximum, .distinct, .first, .last, .activeDays: !plan.isLifetime
        case .sinceFirst, .sinceLast, .sinceAttribute, .yearsSince, .decayed: true
        case .attribute, .expression, .bands, .weights, .null: false
        }
    }
}

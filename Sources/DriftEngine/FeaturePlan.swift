import DriftModel

/// What an event of a type does to a series. Flat: copied without reference counting on the hot path.
struct Touch: Sendable {
    enum Value: UInt8, Sendable { case none, field, computed }

    var series: Int32
    /// A filter must hold, or a value be computed.
    var needsEvaluator: Bool
    var hasFilter: Bool
    var value: Value
    /// Position of the field among those of the type; −1: it has no such field, the value is NULL.
    var field: Int32
    /// The value goes in as it is, not as millionths.
    var keepsValues: Bool

    init(_ index: Int32, _ series: SeriesLayout, _ type: EventType) {
        self.series = index
        hasFilter = series.filter != nil
        value = series.scalar == nil ? .none : series.directField == nil ? .computed : .field
        needsEvaluator = hasFilter || value == .computed
        field = Int32(series.directField.flatMap { type.fields.firstIndex(of: $0) } ?? -1)
        keepsValues = series.kept.keepsValues
    }
}

/// How one feature is computed from series, attributes and other features. Flat on purpose: copied without
/// reference counting on the hot path; lists live in the engine's tables.
struct FeaturePlan: Sendable {
    enum Operation: UInt8, Sendable {
        case count, sum, average, minimum, maximum, distinct, first, last
        case sinceFirst, sinceLast, activeDays, decayed
        case attribute, sinceAttribute, yearsSince
        case expression, bands, weights, null

        var readsSeries: Bool { rawValue <= Operation.decayed.rawValue }
    }

    var operation: Operation
    /// Series, attribute, program or input feature, by operation.
    var source: Int32
    /// Ticks; ``SeriesLayout/forEver`` for lifetime.
    var windowTicks: Int32 = SeriesLayout.forEver
    /// Count local days rather than ticks.
    var inDays = false
    var descending = false
    /// Range in the engine's table of cuts or of weights.
    var listStart: Int32 = 0
    var listCount: Int32 = 0

    init(_ operation: Operation, source: Int, windowTicks: Int32? = nil) {
        self.operation = operation
        self.source = Int32(source)
        self.windowTicks = windowTicks.map { min($0, SeriesLayout.windowTicksMax) } ?? SeriesLayout.forEver
    }

    var isLifetime: Bool { windowTicks == SeriesLayout.forEver }
}

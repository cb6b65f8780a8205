public import DriftModel

/// Everything the engine keeps about one customer: a value, decoded into reusable memory, mutated by the engine,
/// encoded again. Knows nothing of who the customer is.
public struct CustomerState: Sendable {
    /// The version this build writes.
    public static let formatVersion: UInt8 = 1

    /// Events of accepted records.
    public internal(set) var eventCount: Int64 = 0
    /// `at` of the earliest and the latest accepted record; nil: never seen.
    public internal(set) var firstEventAt: Instant?
    public internal(set) var lastEventAt: Instant?
    /// The population's verdict at the last evaluation.
    public internal(set) var isCustomer = false
    /// One per segmentation, in the model's order.
    public internal(set) var placements: [Placement] = []
    /// Every segmentation without a next change has none up to here; nil: none ever.
    var searchedThrough: Tick?

    var attributes: [AttributeSlot] = []
    var series: [SeriesState] = []
    /// Ascending by hash.
    var seenIDs: [SeenID] = []
    /// Bytes of the texts in attributes and series.
    var text: [UInt8] = []

    /// The later of the ticks of the latest accepted event and the latest transition.
    var front = SeriesState.noTick
    /// The latest `effective_at`, over all segmentations.
    var lastEffectiveAt: Instant?

    struct AttributeSlot: Sendable {
        var trust: Trust = .external
        var at: Int64 = .min
        var cell = Cell.null
    }

    struct SeenID: Sendable {
        var hash: UInt64
        var content: UInt32
        var tick: Tick
    }

    public init() {}

    /// Whether any record has been accepted.
    public var isKnown: Bool { firstEventAt != nil }

    /// The earliest tick at which the customer must be looked at again: its next change, or the end of what has
    /// been searched; nil: time alone never moves this customer.
    public var wakeTick: Tick? {
        var wake = searchedThrough
        for placement in placements {
            if let next = placement.next { wake = min(wake ?? next.tick, next.tick) }
        }
        return wake
    }

    /// The value of an attribute.
    /// - Parameter index: Into ``Model/attributes``.
    public func attribute(_ index: Int) -> Value {
        guard index < attributes.count else { return .null }
        return value(attributes[index].cell)
    }

    /// To "never seen"; keeps the memory.
    public mutating func reset() {
        eventCount = 0
        firstEventAt = nil
        lastEventAt = nil
        isCustomer = false
        for index in placements.indices { placements[index] = .none }
        searchedThrough = nil
        for index in attributes.indices { attributes[index] = AttributeSlot() }
        for index in series.indices { series[index].reset() }
        seenIDs.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
        front = SeriesState.noTick
        lastEffectiveAt = nil
    }

    /// Gives the state the slots of an engine's model, if it has others.
    mutating func fit(_ engine: borrowing Engine) {
        if placements.count != engine.model.segmentations.count {
            placements = Array(repeating: .none, count: engine.model.segmentations.count)
        }
        if attributes.count != engine.model.attributes.count {
            attributes = Array(repeating: AttributeSlot(), count: engine.model.attributes.count)
        }
        if series.count != engine.layout.kept.count {
            series = Array(repeating: SeriesState(), count: engine.layout.kept.count)
        }
    }

    /// A cell of this state with its own text.
    func value(_ cell: Cell) -> Value {
        switch cell.tag {
        case .null: .null
        case .number: .number(cell.number)
        case .boolean: .boolean(cell.boolean)
        case .date: .date(cell.day)
        case .timestamp: .timestamp(cell.instant)
        case .text: .text(String(decoding: text[cell.textRange], as: UTF8.self))
        }
    }

    /// Puts the text of a cell into this state's own.
    mutating func adopt(_ cell: Cell, from bytes: Span<UInt8>) -> Cell {
        guard cell.tag == .text else { return cell }
        let offset = text.count
        text.reserveCapacity(offset + cell.textCount)
        for index in cell.textRange { text.append(bytes[index]) }
        return .text(offset: offset, count: cell.textCount)
    }
}

public import DriftEngine
public import DriftModel

/// What the store must know about a comparison to tell a flip in words. ``Flip/comparison`` is an index into a
/// list of these.
public struct ComparisonName: Hashable, Sendable {
    /// As written: "recency <= 30".
    public var text: String
    /// The left operand as written: "recency".
    public var subjectText: String
    /// The right operand as a person says it; nil where it is no scalar.
    public var limitText: String?

    public init(text: String, subjectText: String, limitText: String?) {
        self.text = text
        self.subjectText = subjectText
        self.limitText = limitText
    }

    /// As the engine numbers its comparisons.
    public init(_ comparison: EngineComparison) {
        let written = comparison.comparison
        self.init(
            text: written.text, subjectText: written.subjectText,
            limitText: written.limit == nil ? nil : written.limitText ?? "")
    }
}

/// An activated model with the database's numbers for its names: what appending history needs. A value; it stays
/// right until another model is activated.
public struct StoredModel: Sendable {
    public let modelID: Int64
    public let version: String
    public let name: String
    /// When it was activated, by the wall clock.
    public let activatedAt: Instant
    public let axis: TimeAxis
    /// Per segmentation of the model.
    public let segmentationIDs: [Int64]
    /// Per segmentation and segment of the model.
    public let segmentIDs: [[Int64]]
    /// Per comparison of the engine.
    public let comparisonIDs: [Int64]
    /// Per feature of the model.
    public let featureNames: [String]
    /// Per attribute of the model.
    public let attributeNames: [String]
    let ranks: [[Int?]]
    let slots: MoveSlots

    /// The number of a segment; nil is NULL.
    public func segmentID(_ segmentation: Int32, _ segment: Int32?) -> Int64? {
        segment.map { segmentIDs[Int(segmentation)][Int($0)] }
    }

    /// Up when the rank number falls (1 is best); nil when a rank is missing or a side is NULL.
    public func direction(_ segmentation: Int32, from: Int32?, to: Int32?) -> Direction? {
        guard let from, let to, let old = ranks[Int(segmentation)][Int(from)],
            let new = ranks[Int(segmentation)][Int(to)]
        else { return nil }
        return new < old ? .up : new > old ? .down : .sideways
    }
}

/// The model the database says is active, as text: enough to load it again.
public struct ActiveModel: Hashable, Sendable {
    public let modelID: Int64
    public let version: String
    public let name: String
    public let activatedAt: Instant
    public let yaml: String
    /// Frozen cut-offs by feature name.
    public let cuts: [String: [Double]]

    public init(
        modelID: Int64, version: String, name: String, activatedAt: Instant, yaml: String, cuts: [String: [Double]]
    ) {
        self.modelID = modelID
        self.version = version
        self.name = name
        self.activatedAt = activatedAt
        self.yaml = yaml
        self.cuts = cuts
    }
}

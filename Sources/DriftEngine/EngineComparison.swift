public import DriftModel

/// An atomic comparison of a rule, with the rule it belongs to. Numbered over the whole model in a stable order:
/// the population's first, then each segmentation's segments in order, `when` before `stay`.
public struct EngineComparison: Sendable {
    /// Which condition of the model a comparison belongs to.
    /// Which condition the comparison is part of.
    public enum Role: String, Hashable, Sendable { case population, when, stay }

    public var role: Role
    /// Index into ``Model/segmentations``; nil for the population's.
    public var segmentation: Int32?
    /// Index into the segmentation's segments; nil for the population's.
    public var segment: Int32?
    public var comparison: Comparison

    public init(role: Role, segmentation: Int32?, segment: Int32?, comparison: Comparison) {
        self.role = role
        self.segmentation = segmentation
        self.segment = segment
        self.comparison = comparison
    }
}

public import DriftStore
import DriftModel

/// How a source's files changed their form.
public struct FeedChange: Hashable, Sendable {
    /// A column that probably has another name now.
    public struct Renaming: Hashable, Sendable {
        public var from: String
        public var to: String

        public init(from: String, to: String) {
            self.from = from
            self.to = to
        }
    }

    public var added: [String]
    public var missing: [String]
    public var renamed: [Renaming]

    public init(added: [String] = [], missing: [String] = [], renamed: [Renaming] = []) {
        self.added = added
        self.missing = missing
        self.renamed = renamed
    }

    /// - Parameters:
    ///   - old: Names before, in order.
    ///   - new: Names now, in order.
    ///   - missing: Those of the old ones that are gone.
    ///   - hasPlaces: Whether the order means something.
    init(from old: [String], to new: [String], missing gone: [String], hasPlaces: Bool) {
        var added = new.filter { !old.contains($0) }
        var missing = gone
        var renamed: [Renaming] = []
        func take(_ from: String, _ to: String) {
            renamed.append(Renaming(from: from, to: to))
            missing.removeAll { $0 == from }
            added.removeAll { $0 == to }
        }
        for name in gone { if let other = Self.closest(to: name, among: added) { take(name, other) } }
        // Where as many columns are new as are gone, one in the place of the other is its new name.
        if hasPlaces, missing.count == added.count, old.count == new.count {
            for name in missing {
                if let place = old.firstIndex(of: name), added.contains(new[place]) { take(name, new[place]) }
            }
        }
        self.init(added: added, missing: missing, renamed: renamed)
    }

    /// The same but for case, blanks and signs, or a slip of the pen.
    private static func closest(to name: String, among candidates: [String]) -> String? {
        let plain = folded(name)
        if let same = candidates.first(where: { folded($0) == plain && !plain.isEmpty }) { return same }
        return DidYouMean.closest(to: name, among: candidates.filter { $0.count > 2 && name.count > 2 })
    }

    private static func folded(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.lowercased().unicodeScalars.filter { $0.properties.isAlphabetic || ("0"..."9").contains($0) }))
    }
}

/// Compares what a file consists of with what its source's files consisted of before.
///
/// A file of **columns** has the form of which it has exactly the columns, in whatever order. Of **members**, records
/// may leave some out: a file has a form when all its members are in it, and none is missing of which at least
/// ``expectedMin`` would have been expected in so many records. The file before comes first, then the forms seen
/// latest, so that feeds which alternate between known forms are not news.
public enum FeedDrift {
    /// Records with a member that must have been expected before its absence says anything.
    public static let expectedMin = 20.0
    /// Forms kept per source; what changes more often is no form.
    public static let formsMax = 50

    /// What a file says about the form of its source.
    public enum Finding: Hashable, Sendable {
        /// The source's first file.
        case first
        /// As a form known already.
        case known(formID: Int64)
        /// A form not seen before.
        case new(FeedChange, columns: [FeedForm.Column])
        /// Not seen before, but there have been too many to go on.
        case restless
    }

    /// - Parameter forms: All forms of the source.
    public static func compare(_ sample: FeedSample, with forms: [FeedForm]) -> Finding {
        guard let current = forms.max(by: { $0.lastFileID < $1.lastFileID }) else { return .first }
        let latestFirst = forms.sorted { $0.lastFileID > $1.lastFileID }
        if let known = latestFirst.first(where: { isOf(sample, $0) }) { return .known(formID: known.formID) }
        if forms.count >= formsMax { return .restless }
        let missing = sample.kind == current.kind ? missing(of: current, in: sample) : current.names
        let change = FeedChange(
            from: current.names, to: sample.names, missing: missing, hasPlaces: sample.kind == .columns)
        // Members that are merely rare stay expected.
        let kept =
            sample.kind == .members && current.kind == .members
            ? current.names.filter { !sample.names.contains($0) && !missing.contains($0) } : []
        return .new(change, columns: columns(sample) + kept.map { FeedForm.Column(name: $0, records: 0) })
    }

    /// The columns of a form that begins with a file.
    public static func columns(_ sample: FeedSample) -> [FeedForm.Column] {
        sample.names.map { FeedForm.Column(name: $0, records: sample.members[$0] ?? 0) }
    }

    private static func isOf(_ sample: FeedSample, _ form: FeedForm) -> Bool {
        guard sample.kind == form.kind else { return false }
        let names = Set(form.names)
        return sample.names.allSatisfy(names.contains) && missing(of: form, in: sample).isEmpty
    }

    /// Names of a form that a file should have and does not.
    private static func missing(of form: FeedForm, in sample: FeedSample) -> [String] {
        let names = Set(sample.names)
        return form.columns.filter { column in
            if names.contains(column.name) { return false }
            guard form.kind == .members else { return true }
            let share = form.sampled == 0 ? 0 : Double(column.records) / Double(form.sampled)
            return share * Double(sample.records) >= expectedMin
        }.map(\.name)
    }
}

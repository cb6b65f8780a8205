public import DriftModel
public import DriftStore

/// News about the form of a source's files, for a person.
public struct FeedNews: Hashable, Sendable {
    public var source: String
    /// The first file of the new form.
    public var fileID: Int64
    public var file: String
    /// Of the form, from 2 on.
    public var version: Int64
    public var change: FeedChange
    /// The names in the change that the mapping reads.
    public var used: Set<String>
    /// `column` or `member`.
    public var noun: String
    /// No further changes of this source will be told.
    public var isLast: Bool

    /// What changed: "'Country' is missing (the mapping reads it); 'channel' is new".
    public var words: String {
        var parts = change.renamed.map { "'\($0.from)' is probably '\($0.to)' now\(mark($0.from))" }
        parts += change.missing.map { "'\($0)' is missing\(mark($0))" }
        parts += change.added.map { "'\($0)' is new\(used.contains($0) ? " and taken by the mapping" : "")" }
        let most = 12
        let shown = parts.prefix(most).joined(separator: "; ")
        return shown + (parts.count > most ? "; and \(parts.count - most) more" : "")
            + (isLast ? "; further changes of this feed are not told" : "")
    }

    private func mark(_ name: String) -> String { used.contains(name) ? " (the mapping reads it)" : "" }
}

/// Keeps the forms of each source's files in the database, and says when a new one appears.
public enum FeedWatch {
    /// What there is to tell.
    public enum Outcome: Hashable, Sendable {
        /// The source's first form, or nothing that can be compared.
        case nothing
        /// A form seen before, which was news then (or was the source's first).
        case known(wasNews: Bool)
        /// Once per form that was not seen before.
        case new(FeedNews)
    }

    /// Notes a file's form. To be called in the transaction of its verdict; said again of the same file, it is a known
    /// one.
    public static func note(
        _ sample: FeedSample, of file: FileRow, plan: SourcePlan, now: Instant,
        _ transaction: borrowing StoreTransaction
    ) throws -> Outcome {
        let forms = try transaction.feedForms(source: file.source)
        if let known = forms.first(where: { $0.lastFileID >= file.fileID }) {
            return .known(wasNews: known.change != nil)
        }
        let finding = FeedDrift.compare(sample, with: forms)
        var form = FeedForm(
            formID: 0, source: file.source, version: Int64(forms.count + 1), kind: sample.kind,
            firstFileID: file.fileID, lastFileID: file.fileID, firstSeenAt: now, sampled: sample.records, change: nil,
            columns: FeedDrift.columns(sample))
        switch finding {
        case .restless: return .nothing
        case .known(let formID):
            let known = forms.first { $0.formID == formID }
            let isSettled = sample.kind == .columns || known?.sampled ?? 0 >= FeedSample.recordsMax * 10
            try transaction.noteFeedForm(
                formID, file: file.fileID, adding: isSettled ? nil : (sample.records, sample.members))
            return .known(wasNews: known?.change != nil)
        case .first:
            try transaction.insertFeedForm(form)
            return .nothing
        case .new(let change, let columns):
            let read = Set(plan.fieldNames)
            let news = FeedNews(
                source: file.source, fileID: file.fileID, file: file.name, version: form.version, change: change,
                used: read.intersection(change.added + change.missing + change.renamed.map(\.from)),
                noun: sample.kind == .columns ? "column" : "member", isLast: forms.count + 1 == FeedDrift.formsMax)
            form.columns = columns
            form.change = news.words
            try transaction.insertFeedForm(form)
            return .new(news)
        }
    }
}

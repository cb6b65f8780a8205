import DriftAlerts
import DriftIntake
import DriftModel
import DriftStore
import Logging

extension IntakeDesk {
    /// What noting a file's form came to.
    struct NotedForm {
        /// For the log, once it is committed; nil: there is nothing new.
        var news: String?
        /// The form was told of, now or when it was first seen: that the file lacks a column is no news any more.
        var tellsOfColumns = false

        func tell(_ log: Logger) {
            if let news { log.warning("\(news)") }
        }
    }

    /// Notes what a judged file consists of, in the transaction of its verdict.
    func noteForm(
        _ row: FileRow, _ verdict: Verdict, now: Instant, _ transaction: borrowing StoreTransaction
    ) throws -> NotedForm {
        // The records of a second try were noted with the file they came in.
        guard row.requeueOf == nil, let form = verdict.form, verdict.isReadThrough, let plan = plan(for: row) else {
            return NotedForm()
        }
        switch try FeedWatch.note(form, of: row, plan: plan, now: now, transaction) {
        case .nothing: return NotedForm()
        case .known(let wasNews): return NotedForm(tellsOfColumns: wasNews)
        case .new(let news):
            let refused = verdict.failure.map { "; the file is refused: \($0.code)" } ?? ""
            try onFeed(
                FeedFacts(
                    source: news.source, file: news.file, fileID: news.fileID, version: news.version,
                    added: news.change.added, missing: news.change.missing,
                    renamed: news.change.renamed.map { FeedFacts.Renaming(from: $0.from, to: $0.to) },
                    used: news.used.sorted(), words: news.words + refused), transaction)
            return NotedForm(
                news:
                    "source \(news.source): \(news.noun)s changed with \(news.file) (form \(news.version)): \(news.words)",
                tellsOfColumns: true)
        }
    }
}

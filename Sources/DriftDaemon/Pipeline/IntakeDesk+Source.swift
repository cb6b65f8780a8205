import DriftAlerts
import DriftIntake
import DriftStore
import Logging

extension IntakeDesk {
    /// What a file's columns are to its source.
    enum SchemaNews {
        /// The source's first file, or one of a format without columns.
        case first
        /// As in some file before.
        case known
        /// Seen for the first time, and different from the file before.
        case changed
    }

    /// Adds a file's figures to those of its source, and says once when its columns are others than before.
    ///
    /// A file that is judged again after a crash is counted again: these are figures for people, not sums that have to
    /// hold.
    func noteSource(_ row: FileRow, _ verdict: Verdict) throws -> SchemaNews {
        try store.write { transaction in
            try count(verdict, of: row.source, transaction)
            guard let columns = verdict.columns else { return .first }
            let noted = try transaction.noteSchema(
                source: row.source, version: SchemaDrift.version(of: columns), columns: columns, fileID: row.fileID)
            guard let before = noted.before else { return .first }
            guard noted.isNew, let drift = SchemaDrift(from: before, to: columns) else { return .known }
            let refused = verdict.failure.map { "; the file is quarantined: \($0.reason)" } ?? ""
            log.warning("file \(row.fileID) (\(row.source)/\(row.name)): other columns than before: \(drift.words)")
            try onRefused(
                IntakeFacts(
                    source: row.source, file: row.name, fileID: row.fileID, records: verdict.records,
                    quarantined: verdict.quarantined, change: drift.words + refused), transaction)
            return .changed
        }
    }

    private func count(_ verdict: Verdict, of source: String, _ transaction: borrowing StoreTransaction) throws {
        let quality = verdict.quality
        try transaction.countQuality(source: source, kind: "records", name: "", adding: verdict.records)
        for (name, count) in quality.nulls {
            try transaction.countQuality(source: source, kind: "null", name: name, adding: count)
        }
        for reject in verdict.quarantinedByCode {
            try transaction.countQuality(source: source, kind: "reject", name: reject.code, adding: reject.count)
        }
        for (bucket, count) in quality.delays.counts {
            try transaction.countQuality(source: source, kind: "delay", name: String(bucket), adding: count)
        }
    }
}

import DriftAnalytics
import DriftIntake

/// `segdrift files --quality`: what the first pass counted about each source's records.
enum QualityReport {
    typealias Count = (source: String, kind: String, name: String, count: Int64)

    static let columns: [ReportColumn] = [
        ReportColumn("source"), ReportColumn("figure"), ReportColumn("name"), .number("count"), .number("share"),
        .number("seconds"), ReportColumn("words").fitting(.spilled),
    ]

    /// One row per figure: records, NULLs per field, rejects by reason, quantiles of the delay between a record's
    /// `at` and the claim of its file, the suggested `wall_lag`.
    static func rows(_ counts: [Count]) -> [[ReportValue]] {
        var rows: [[ReportValue]] = []
        let bySource = Dictionary(grouping: counts, by: \.source)
        for source in bySource.keys.sorted() { rows += figures(source, bySource[source] ?? []) }
        return rows
    }

    private static func figures(_ source: String, _ counts: [Count]) -> [[ReportValue]] {
        let records = counts.first { $0.kind == "records" }?.count ?? 0
        var rows = [row(source, "records", "", records, nil, nil, "read, usable or not")]
        for (kind, words) in [("null", "NULL or missing"), ("reject", "quarantined")] {
            for count in counts where count.kind == kind {
                rows.append(row(source, kind, count.name, count.count, share(count.count, of: records), nil, words))
            }
        }
        return rows + delays(source, counts)
    }

    private static func delays(_ source: String, _ counts: [Count]) -> [[ReportValue]] {
        var delays = DelayCounts()
        for count in counts where count.kind == "delay" {
            delays.counts[Int(count.name) ?? DelayCounts.historyBucket, default: 0] += count.count
        }
        var rows: [[ReportValue]] = []
        for (name, share) in [("50 %", 0.5), ("90 %", 0.9), ("99 %", 0.99), ("all", 1)] {
            guard let seconds = delays.quantile(share) else { continue }
            rows.append(row(source, "delay", name, nil, nil, seconds, "at most \(words(seconds))"))
        }
        if let history = delays.counts[DelayCounts.historyBucket] {
            rows.append(row(source, "history", "", history, nil, nil, "more than 60 days old when they came"))
        }
        if let hours = delays.wallLagHours {
            rows.append(
                row(source, "wall_lag", "suggested", nil, nil, hours * 3_600, "wall_lag: \(hours)h suits 99 of 100"))
        }
        return rows
    }

    private static func share(_ count: Int64, of records: Int64) -> Double? {
        records == 0 ? nil : (Double(count) / Double(records) * 1e6).rounded() / 1e6
    }

    private static func words(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) days"
        }
    }

    private static func row(
        _ source: String, _ figure: String, _ name: String, _ count: Int64?, _ share: Double?, _ seconds: Int64?,
        _ words: String
    ) -> [ReportValue] {
        [
            .text(source), .text(figure), .text(name), count.map(ReportValue.integer) ?? .null,
            share.map(ReportValue.number) ?? .null, seconds.map(ReportValue.integer) ?? .null, .text(words),
        ]
    }
}

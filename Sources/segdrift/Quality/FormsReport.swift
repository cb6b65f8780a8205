import DriftAnalytics
import DriftModel
import DriftStore

/// `segdrift files --forms`: the forms sources' files have had.
enum FormsReport {
    static let columns: [ReportColumn] = [
        ReportColumn("source"), .number("version", title: "form"), ReportColumn("kind").fitting(.expendable),
        ReportColumn("first_seen_at", title: "since"), .number("first_file_id", title: "file"),
        .number("last_file_id", title: "last").fitting(.expendable), .hidden("columns"),
        ReportColumn("change").fitting(.spilled),
    ]

    /// - Parameter zone: For the times of tables; nil: UTC, for programs.
    static func rows(_ forms: [FeedForm], zone: ZoneRules?) -> [[ReportValue]] {
        forms.map { form in
            let names = "[" + form.names.map { JSONText.string($0) }.joined(separator: ",") + "]"
            let isFirst = form.change == nil
            return [
                .text(form.source), .integer(form.version), .text(form.kind.rawValue),
                .text(zone.map { TimeText.local(form.firstSeenAt, $0) } ?? TimeText.instant(form.firstSeenAt)),
                .integer(form.firstFileID), .integer(form.lastFileID), .json(names),
                isFirst && zone != nil ? .text(list(form)) : .optional(form.change),
            ]
        }
    }

    /// What the first form consists of.
    private static func list(_ form: FeedForm) -> String {
        let most = 30
        let more = form.names.count > most ? ", and \(form.names.count - most) more" : ""
        return form.names.prefix(most).joined(separator: ", ") + more
    }
}

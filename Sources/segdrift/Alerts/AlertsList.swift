import ArgumentParser
import DriftAnalytics
import DriftModel
import DriftStore

extension Alerts {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Alerts with their state, what kept the others quiet, and how their deliveries fare.",
            discussion: """
                States: due (told on its own), digested (told in a digest), grouped and waiting (still to be told), \
                suppressed (not told: cooldown, silence, flapping, history), cancelled (the dwell was not served out), \
                resolved (told, and over). Deliveries: pending, sending, delivered, dead (given up; 'segdrift alerts \
                retry' tries again), orphaned (the destination is no longer configured). A table shows the newest 50, \
                other formats everything; --limit changes both (0: everything).

                EXAMPLES
                  segdrift alerts
                  segdrift alerts list --rule champion_slipping --since 7d
                  segdrift alerts list --undelivered --destination crm
                  segdrift alerts list --state suppressed --format csv
                  segdrift alerts list --digest 358a7f4fa2cb
                """)

        @Option(help: "Of one rule.") var rule: String?
        @Option(help: "Of one severity: critical, error, warning, notice or info.") var severity: String?
        @Option(help: "In one state.") var state: String?
        @Option(help: "About one customer.") var customer: String?
        @Option(help: ArgumentHelp("Made since a date, an instant, or so long ago.", valueName: "time"))
        var since: String?
        @Option(help: "On their way to one destination.") var destination: String?
        @Flag(help: "Only those of which a delivery is still pending, dead or orphaned.") var undelivered = false
        @Option(help: ArgumentHelp("Told in one digest: its id, or the beginning of it.", valueName: "id"))
        var digest: String?
        @Option(help: ArgumentHelp("The newest so many; 0: all.", valueName: "n")) var limit: Int?

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var global: GlobalOptions

        static let columns: [ReportColumn] = [
            ReportColumn("alert_id", title: "id"), ReportColumn("created_at", title: "made"), ReportColumn("rule"),
            ReportColumn("severity").fitting(.expendable), .hidden("kind"), ReportColumn("state"), .hidden("customer"),
            .hidden("segmentation"), .hidden("from_segment"), .hidden("to_segment"), .hidden("group_key"),
            .hidden("suppressed_by"), .hidden("deliveries"), ReportColumn("summary").fitting(.spilled),
        ]

        func validate() throws {
            try Alerts.requireWord(state, "--state", AlertState.allCases.map(\.rawValue))
            try Alerts.requireWord(severity, "--severity", Severity.allCases.map(\.rawValue))
            if let digest, digest.isEmpty || !digest.allSatisfy(\.isHexDigit) {
                throw ValidationError("--digest: the id of a digest, as 'segdrift alerts' shows it.")
            }
        }

        func run() async throws {
            let source = try Database.open(database, global)
            let isTable = global.chosenFormat == .table
            let most = limit ?? (isTable ? 50 : 0)
            let start = try since.map { TimeText.instant(try source.instant($0, option: "--since")) }
            let rows = try source.reader.alerts(
                AlertFilter(
                    rule: rule, severity: severity, state: state, customer: customer, since: start,
                    destination: destination, isUndelivered: undelivered, digest: digest,
                    limit: most > 0 ? most : nil))
            let zone = isTable ? try source.zone() : .utc
            try Report.print(
                Self.columns, rows.map { isTable ? Self.tableValues($0, zone) : Self.values($0) }, global,
                emptyText: "no such alerts")
        }

        static func values(_ row: AlertDetail) -> [ReportValue] {
            [
                .text(row.alertID), .text(row.createdAt), .text(row.rule), .text(row.severity), .text(row.kind),
                .text(row.state), .optional(row.customer), .optional(row.segmentation), .optional(row.from),
                .optional(row.to), .optional(row.groupKey), .optional(row.suppressedBy), .json(deliveries(row)),
                .text(row.summary),
            ]
        }

        private static func deliveries(_ row: AlertDetail) -> String {
            let objects = row.deliveries.map { delivery in
                JSONText.object([
                    ("destination", .text(delivery.destination)), ("state", .text(delivery.state)),
                    ("attempts", .integer(delivery.attempts)),
                    ("next_attempt_at", .optional(delivery.nextAttemptAt)),
                    ("delivered_at", .optional(delivery.deliveredAt)), ("last_error", .optional(delivery.lastError)),
                ])
            }
            return "[" + objects.joined(separator: ",") + "]"
        }

        /// The id's beginning, local times, and below the sentence what became of it.
        private static func tableValues(_ row: AlertDetail, _ zone: ZoneRules) -> [ReportValue] {
            var values = values(row)
            values[0] = .text(String(row.alertID.prefix(Alerts.idDigits)))
            values[1] = .text(MoveLine.time(row.createdAt, zone))
            let why = row.suppressedBy.map { [Self.reason(Alerts.shortened($0))] } ?? []
            let notes = why + row.deliveries.map { told($0, zone) }
            values[values.count - 1] = .text(
                row.summary + (notes.isEmpty ? "" : " [\(notes.joined(separator: "; "))]"))
            return values
        }

        /// A digest tells it all the same; anything else is why nobody was told.
        private static func reason(_ words: String) -> String {
            if words.hasPrefix("digest ") { return "told in \(words)" }
            return words.contains(": digest ") ? "told \(words)" : "because of \(words)"
        }

        private static func told(_ delivery: AlertDetail.Delivery, _ zone: ZoneRules) -> String {
            let attempts = delivery.attempts == 1 ? "1 attempt" : "\(delivery.attempts) attempts"
            let error = delivery.lastError.map { ": \($0)" } ?? ""
            switch delivery.state {
            case "delivered": return "\(delivery.destination) has it"
            case "suppressed": return "\(delivery.destination) has it in a digest"
            case "dead": return "\(delivery.destination) given up after \(attempts)\(error)"
            case "pending" where delivery.attempts > 0:
                let next = delivery.nextAttemptAt.map { ", next \(MoveLine.time($0, zone))" } ?? ""
                return "\(delivery.destination) failed, \(attempts)\(next)\(error)"
            default: return "\(delivery.destination) \(delivery.state)"
            }
        }
    }

    /// - Throws: When an option's word is none of those known.
    static func requireWord(_ word: String?, _ option: String, _ known: [String]) throws {
        guard let word, !known.contains(word) else { return }
        throw ValidationError("\(option): one of \(known.joined(separator: ", ")).")
    }

    /// Ids of alerts as tables show them; other words as they are.
    static func shortened(_ reason: String) -> String {
        reason.split(separator: " ", omittingEmptySubsequences: false).map { word in
            let isID = word.utf8.count >= 64 && word.prefix(64).allSatisfy(\.isHexDigit)
            return isID ? String(word.prefix(idDigits)) + word.dropFirst(64) : String(word)
        }.joined(separator: " ")
    }
}

import ArgumentParser
import DriftAnalytics
import DriftDaemon
import DriftModel
import DriftStore

extension Alerts {
    struct Silence: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep alerts quiet for a time, see which silences there are, end one early.",
            subcommands: [Add.self, List.self, Expire.self], defaultSubcommand: Add.self)
    }
}

extension Alerts.Silence {
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep alerts quiet for a time; they are recorded, with the silence as the reason.",
            discussion: """
                An alert is silenced when all that is given matches it. Done by the running daemon; while it is stopped, \
                by the command itself.

                EXAMPLES
                  segdrift alerts silence --rule downgrade --for 8h --comment 'price change of today'
                  segdrift alerts silence --customer C-1042 --until 2026-02-01
                  segdrift alerts silence list
                  segdrift alerts silence expire 3
                """)

        @Option(help: "Alerts of one rule.") var rule: String?
        @Option(help: "Alerts about one segmentation.") var segmentation: String?
        @Option(help: "Alerts about one customer.") var customer: String?
        @Option(name: .customLong("for"), help: ArgumentHelp("How long: 2h, 7d.", valueName: "time"))
        var duration: String?
        @Option(help: ArgumentHelp("Until a date (its first instant) or an instant.", valueName: "time"))
        var until: String?
        @Option(help: "Why, for those who wonder.") var comment = ""
        @Option(help: ArgumentHelp("Who. (default: the user's name)", valueName: "name")) var by: String?

        @OptionGroup var global: GlobalOptions

        func validate() throws {
            if rule == nil, segmentation == nil, customer == nil {
                throw ValidationError("Say what to silence: --rule, --segmentation or --customer.")
            }
            if (duration == nil) == (until == nil) {
                throw ValidationError("Say how long: --for 4h or --until 2026-02-01, one of them.")
            }
            if let duration, Duration.seconds(duration).map({ $0 <= 0 }) ?? true {
                throw ValidationError("--for: '\(duration)' is no length of time; write 2h or 7d.")
            }
            if let until, TimeText.parseDate(until) == nil, ValueLiteral.parseInstant(until) == nil {
                throw ValidationError("--until: '\(until)' is no time; write 2026-01-31 or 2026-01-31T09:30:00Z.")
            }
        }

        func run() async throws {
            try requireNames()
            let reply = try await global.control().perform(
                AlertsSilence(
                    rule: rule, segmentation: segmentation, customer: customer,
                    seconds: duration.flatMap(Duration.seconds), until: until.map { end($0).microseconds },
                    comment: comment, by: by ?? Terminal.userName))
            let until = Instant(microseconds: reply.until)
            guard global.chosenFormat == .table else {
                return try Report.print(
                    [.number("silence_id"), ReportColumn("until")],
                    [[.integer(reply.silence), .text(TimeText.instant(until))]], global)
            }
            let shown = TimeText.local(until, Self.zone(global))
            try global.remark(
                "silence \(reply.silence) until \(shown); end it early with 'segdrift alerts silence expire "
                    + "\(reply.silence)'")
        }

        /// A silence over a name that nobody bears would silence nothing.
        private func requireNames() throws {
            let model = try ActionSource.open(.configured, global).model
            let rules = model.alerts.map(\.name) + model.assumptions.map(\.name) + AlertsSilence.ownRules
            if let rule { try Database.require(rule, among: rules, "--rule: no rule") }
            if let segmentation {
                try Database.require(
                    segmentation, among: model.segmentations.map(\.name), "--segmentation: no segmentation")
            }
        }

        /// A date is one of the model's zone, where a model is known.
        private func end(_ text: String) -> Instant {
            guard let day = TimeText.parseDate(text) else {
                return ValueLiteral.parseInstant(text) ?? Instant(microseconds: 0)
            }
            return Self.zone(global).startOfDay(day)
        }

        /// Of the model's days, in which the list of silences is written, too.
        private static func zone(_ global: GlobalOptions) -> ZoneRules {
            (try? Database.open(.configured, global))?.knownZone ?? .utc
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Silences in force; --all also those that have ended.",
            discussion: """
                EXAMPLES
                  segdrift alerts silence list
                  segdrift alerts silence list --all --format csv
                """)

        @Flag(help: "Those that have ended, too.") var all = false
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var global: GlobalOptions

        static let columns: [ReportColumn] = [
            .number("silence_id", title: "id"), ReportColumn("rule"), ReportColumn("segmentation"),
            ReportColumn("customer"), ReportColumn("created_at", title: "from").fitting(.expendable),
            ReportColumn("until"), ReportColumn("created_by", title: "by"), ReportColumn("comment").fitting(.spilled),
        ]

        func run() async throws {
            let source = try Database.open(database, global)
            let isTable = global.chosenFormat == .table
            let zone = isTable ? source.knownZone : .utc
            let now = TimeText.instant(Today.instant)
            let result = try source.reader.query(
                """
                SELECT \(Self.columns.map(\.name).joined(separator: ", ")) FROM silences
                WHERE ?1 OR (until > ?2 AND created_at <= ?2) ORDER BY silence_id
                """, [.integer(all ? 1 : 0), .text(now)])
            try Report.print(
                Self.columns,
                result.rows.map { row in
                    row.enumerated().map { index, value -> ReportValue in
                        guard isTable, [4, 5].contains(index), case .text(let time) = value else {
                            return ReportValue(value)
                        }
                        return .text(MoveLine.time(time, zone))
                    }
                }, global, emptyText: all ? "there never was a silence" : "no silence is in force")
        }
    }

    struct Expire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a silence before its time.",
            discussion: """
                EXAMPLES
                  segdrift alerts silence expire 3
                """)

        @Argument(help: ArgumentHelp("The silence's number.", valueName: "n")) var silence: Int64
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let reply = try await global.control().perform(AlertsExpireSilence(silence: silence))
            guard reply.wasInForce else {
                throw Failure(
                    ExitStatus.failed, "silence \(silence) is not in force",
                    hint: "'segdrift alerts silence list' shows those that are")
            }
            if global.chosenFormat == .table { try global.remark("silence \(silence) has ended") }
        }
    }
}

extension Database {
    /// The zone of the model's days; UTC where that cannot be told.
    var knownZone: ZoneRules { (try? zone()) ?? .utc }
}

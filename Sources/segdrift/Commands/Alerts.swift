import ArgumentParser
import DriftAnalytics
import DriftDaemon
import DriftModel
import DriftStore

struct Alerts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What was told, what was not and why, and what could not be delivered.",
        discussion: """
            EXAMPLES
              segdrift alerts
              segdrift alerts list --state suppressed --since 7d
              segdrift alerts deliveries --state dead
              segdrift alerts retry --destination crm
              segdrift alerts silence --rule downgrade --for 8h
            """,
        subcommands: [List.self, Deliveries.self, Retry.self, Silence.self, Unsilence.self],
        defaultSubcommand: List.self)

    /// So much of an id is shown in tables, and enough to name an alert by.
    static let idDigits = 12
}

extension Alerts {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Alerts with their state, and what kept the others quiet.",
            discussion: """
                States: due (told on its own), digested (told in a digest), grouped and waiting (still to be told), \
                suppressed (not told: cooldown, silence, flapping, history), cancelled (the dwell was not served out), \
                resolved (told, and over). A table shows the newest 50, other formats everything; --limit changes both \
                (0: everything).

                EXAMPLES
                  segdrift alerts
                  segdrift alerts list --rule champion_slipping --since 7d
                  segdrift alerts list --state suppressed --format csv
                """)

        @Option(help: "Of one rule.") var rule: String?
        @Option(help: "In one state.") var state: String?
        @Option(help: "About one customer.") var customer: String?
        @Option(help: ArgumentHelp("Made since a date, an instant, or so long ago.", valueName: "time"))
        var since: String?
        @Option(help: ArgumentHelp("The newest so many; 0: all.", valueName: "n")) var limit: Int?

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var global: GlobalOptions

        static let columns: [ReportColumn] = [
            .hidden("alert_id"), ReportColumn("created_at", title: "made"), ReportColumn("rule"),
            ReportColumn("severity"), .hidden("kind"), ReportColumn("state"), .hidden("customer"),
            .hidden("segmentation"), .hidden("from_segment"), .hidden("to_segment"), .hidden("group_key"),
            ReportColumn("suppressed_by", title: "because of").fitting(.expendable),
            ReportColumn("summary").fitting(.spilled),
        ]

        func validate() throws {
            let states = AlertState.allCases.map(\.rawValue)
            if let state, !states.contains(state) {
                throw ValidationError("--state: one of \(states.joined(separator: ", ")).")
            }
        }

        func run() async throws {
            let database = try Database.open(database, global)
            let most = limit ?? (global.chosenFormat == .table ? 50 : 0)
            let start = try since.map { TimeText.instant(try database.instant($0, option: "--since")) }
            let result = try database.reader.query(
                """
                SELECT * FROM (
                    SELECT \(Self.columns.map(\.name).joined(separator: ", ")), row_number() OVER () AS position
                    FROM alerts
                    WHERE (?1 IS NULL OR rule = ?1) AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR customer = ?3)
                        AND (?4 IS NULL OR created_at >= ?4)
                    ORDER BY position DESC LIMIT ?5)
                ORDER BY position
                """,
                [
                    rule.map(SQLValue.text) ?? .null, state.map(SQLValue.text) ?? .null,
                    customer.map(SQLValue.text) ?? .null, start.map(SQLValue.text) ?? .null,
                    .integer(Int64(most > 0 ? most : -1)),
                ])
            try Report.print(
                Self.columns, result.rows.map { $0.dropLast().map(ReportValue.init) }, global,
                emptyText: "no such alerts")
        }
    }

    struct Deliveries: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What is on its way to which destination, and what could not be delivered.",
            discussion: """
                States: pending, sending, delivered, dead (given up: 'segdrift alerts retry' tries again), orphaned (its \
                destination is no longer configured).

                EXAMPLES
                  segdrift alerts deliveries --state dead
                  segdrift alerts deliveries --destination crm --format csv
                """)

        @Option(help: "To one destination.") var destination: String?
        @Option(help: "In one state.") var state: String?
        @Option(help: ArgumentHelp("The newest so many; 0: all.", valueName: "n")) var limit: Int?

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var global: GlobalOptions

        static let columns: [ReportColumn] = [
            ReportColumn("alert_id").fitting(.expendable), ReportColumn("destination"), ReportColumn("state"),
            .number("attempts"), ReportColumn("next_attempt_at", title: "next"), ReportColumn("delivered_at"),
            ReportColumn("last_error").fitting(.spilled),
        ]

        func validate() throws {
            let states = DeliveryState.allCases.map(\.rawValue)
            if let state, !states.contains(state) {
                throw ValidationError("--state: one of \(states.joined(separator: ", ")).")
            }
        }

        func run() async throws {
            let reader = try Database.open(database, global).reader
            let most = limit ?? (global.chosenFormat == .table ? 50 : 0)
            let result = try reader.query(
                """
                SELECT * FROM (
                    SELECT \(Self.columns.map(\.name).joined(separator: ", ")), row_number() OVER () AS position
                    FROM deliveries WHERE (?1 IS NULL OR destination = ?1) AND (?2 IS NULL OR state = ?2)
                    ORDER BY position DESC LIMIT ?3)
                ORDER BY position
                """,
                [
                    destination.map(SQLValue.text) ?? .null, state.map(SQLValue.text) ?? .null,
                    .integer(Int64(most > 0 ? most : -1)),
                ])
            try Report.print(
                Self.columns, result.rows.map { $0.dropLast().map(ReportValue.init) }, global,
                emptyText: "no such deliveries")
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tries deliveries again that were given up; switches on a destination that was switched off.",
            discussion: """
                Done by the running daemon; while it is stopped, by the command itself.

                EXAMPLES
                  segdrift alerts retry --destination crm
                """)

        @Option(help: ArgumentHelp("One alert, by its id.", valueName: "id")) var alert: String?
        @Option(help: "All of one destination.") var destination: String?

        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let reply = try await global.control().perform(AlertsRetry(alert: alert, destination: destination))
            try global.remark(
                reply.deliveries == 1 ? "1 delivery is tried again" : "\(reply.deliveries) deliveries are tried again")
        }
    }

    struct Silence: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keeps alerts quiet for a time; they are recorded, with the silence as the reason.",
            discussion: """
                Done by the running daemon; while it is stopped, by the command itself.

                EXAMPLES
                  segdrift alerts silence --rule downgrade --for 8h --comment 'price change of today'
                  segdrift alerts silence --customer C-1042 --for 30d
                """)

        @Option(help: "Alerts of one rule.") var rule: String?
        @Option(help: "Alerts about one segmentation.") var segmentation: String?
        @Option(help: "Alerts about one customer.") var customer: String?
        @Option(name: .customLong("for"), help: ArgumentHelp("How long: 2h, 7d.", valueName: "time"))
        var duration: String
        @Option(help: "Why, for those who wonder.") var comment = ""

        @OptionGroup var global: GlobalOptions

        func validate() throws {
            if rule == nil, segmentation == nil, customer == nil {
                throw ValidationError("say what to silence: --rule, --segmentation or --customer.")
            }
            guard let seconds = Duration.seconds(duration), seconds > 0 else {
                throw ValidationError("--for: '\(duration)' is no length of time; write 2h or 7d.")
            }
        }

        func run() async throws {
            let reply = try await global.control().perform(
                AlertsSilence(
                    rule: rule, segmentation: segmentation, customer: customer,
                    seconds: Duration.seconds(duration) ?? 0, comment: comment))
            try global.remark(
                "silence \(reply.silence) until \(TimeText.instant(Instant(microseconds: reply.until))); end it early with "
                    + "'segdrift alerts unsilence \(reply.silence)'")
        }
    }

    struct Unsilence: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ends a silence before its time.")

        @Argument(help: "The silence's number.") var silence: Int64

        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let reply = try await global.control().perform(AlertsUnsilence(silence: silence))
            guard reply.wasInForce else {
                throw Failure(ExitStatus.failed, "silence \(silence) is not in force")
            }
            try global.remark("silence \(silence) has ended")
        }
    }
}

extension GlobalOptions {
    /// The way to the one writer.
    func control() throws -> ControlClient {
        let world = World.real(environment: World.processEnvironment())
        return ControlClient(configuration: try configuration(), now: world.now)
    }
}

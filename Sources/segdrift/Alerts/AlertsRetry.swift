import ArgumentParser
import DriftAnalytics
import DriftDaemon

extension Alerts {
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try failed deliveries now; also those given up, and a destination that was switched off.",
            discussion: """
                Done by the running daemon; while it is stopped, by the command itself: the deliveries are then made at \
                the next start. An id may be shortened to its beginning.

                EXAMPLES
                  segdrift alerts retry 3fa2c41b90de
                  segdrift alerts retry --destination crm
                  segdrift alerts retry --all
                """)

        @Argument(help: ArgumentHelp("One alert, by its id or the beginning of it.", valueName: "id")) var alert:
            String?
        @Option(help: "All of one destination.") var destination: String?
        @Flag(help: "Everything that failed.") var all = false

        @OptionGroup var global: GlobalOptions

        func validate() throws {
            if !all, alert == nil, destination == nil {
                throw ValidationError("Say what to try again: an alert's id, --destination, or --all.")
            }
            if all, alert != nil || destination != nil {
                throw ValidationError("--all goes with neither an id nor --destination.")
            }
        }

        func run() async throws {
            let reply = try await global.control().perform(AlertsRetry(alert: alert, destination: destination))
            guard global.chosenFormat == .table else {
                return try Report.print(
                    [.number("deliveries"), .number("revived")],
                    [[.count(reply.deliveries), .count(reply.revived)]], global)
            }
            let count = reply.deliveries == 1 ? "1 delivery is" : "\(reply.deliveries) deliveries are"
            let revived =
                switch (reply.revived, reply.deliveries) {
                case (0, _): ""
                case (1, 1): "; it had been given up"
                default: ", \(reply.revived) of them had been given up"
                }
            try global.remark("\(count) due now\(revived)")
        }
    }
}

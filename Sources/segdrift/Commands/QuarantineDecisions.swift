import ArgumentParser
import DriftAnalytics
import DriftDaemon
import DriftModel
import DriftStore

/// Which part of the quarantine a command is about.
struct QuarantineChoiceOptions: ParsableArguments {
    @Option(help: "What was refused of one file, by its number.") var file: Int64?
    @Option(help: "What was refused of one source's files.") var source: String?
    @Option(help: "What was refused for one reason, as 'quarantine list' has it.") var code: String?
    @Flag(help: "Everything in quarantine.") var all = false

    func validate() throws {
        guard !all, file == nil, source == nil, code == nil else { return }
        throw ValidationError("say what is meant: --file, --source, --code or --all.")
    }

    var choice: QuarantineChoice { QuarantineChoice(file: file, source: source, code: code) }
}

extension Quarantine {
    struct Requeue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try refused files and records again, after the configuration was mended.",
            discussion: """
                A file refused whole is read anew. Of an archived file only the refused records are: those that can be \
                used now are applied, the others stay refused, and nothing is applied twice. Second contents of an id \
                (conflict) are not tried. The running daemon does it at once, with the configuration it runs (reload it \
                first); while it is stopped, the next start does it.

                EXAMPLES
                  segdrift quarantine requeue --file 12
                  segdrift quarantine requeue --source shop --code unreadable_field
                """)

        @OptionGroup var which: QuarantineChoiceOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let outcome = try await QuarantineDecision.perform(QuarantineRequeue(which.choice), global)
            try QuarantineDecision.tell(outcome, done: "will be tried again", global)
        }
    }

    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give refused files and records up, for good.",
            discussion: """
                Deletes files refused whole, and what is kept of refused records, which then count as ignored.

                EXAMPLES
                  segdrift quarantine drop --file 12
                  segdrift quarantine drop --source shop --code missing_field
                """)

        @OptionGroup var which: QuarantineChoiceOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let outcome = try await QuarantineDecision.perform(QuarantineDrop(which.choice), global)
            try QuarantineDecision.tell(outcome, done: "are given up", global)
        }
    }
}

/// How a decision is carried out and told.
enum QuarantineDecision {
    static func perform<Command: ControlCommand>(
        _ command: Command, _ global: GlobalOptions
    ) async throws -> QuarantineOutcome where Command.Reply == QuarantineOutcome {
        try await ControlClient(configuration: try global.configuration(), now: { Today.instant }).perform(command)
    }

    static func tell(_ outcome: QuarantineOutcome, done: String, _ global: GlobalOptions) throws {
        for problem in outcome.problems { Terminal.complain(TerminalText.escaped(problem)) }
        if outcome.files > 0 || outcome.records > 0 || outcome.problems.isEmpty {
            try global.remark(sentence(outcome, done))
        }
        guard outcome.problems.isEmpty else {
            throw Failure(ExitStatus.failed, "not everything could be done")
        }
    }

    private static func sentence(_ outcome: QuarantineOutcome, _ done: String) -> String {
        var parts: [String] = []
        if outcome.files > 0 {
            parts.append(outcome.files == 1 ? "1 file" : "\(NumberText.grouped(outcome.files)) files")
        }
        if outcome.records > 0 {
            parts.append(outcome.records == 1 ? "1 record" : "\(NumberText.grouped(outcome.records)) records")
        }
        return parts.isEmpty ? "nothing in quarantine fits" : "\(parts.joined(separator: " and ")) \(done)"
    }
}

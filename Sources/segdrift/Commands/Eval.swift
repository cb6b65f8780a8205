import ArgumentParser
import DriftAnalytics
import DriftDaemon
import DriftModel

struct Eval: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Evaluate an expression of the model language.",
        discussion: """
            With an expression: prints its value as JSON; an error shows its place and ends with 65. Without one: \
            reads expressions from standard input, one per line, and prints for each one line: a JSON value, or \
            'error: column N: …'.

            Values given with --with are numbers (12, -2.5), true, false, null, 'text', DATE '2026-01-31' or \
            TIMESTAMP '2026-01-31T10:00:00Z'; anything else is text as it stands.

            EXAMPLES
              segdrift eval "1 + 2 * 3"
              segdrift eval "recency <= 30 AND country IN ('Spain', 'Italy')" --with recency=12 --with country=Spain
              segdrift eval "DATE '2026-03-01' - born" --with "born=DATE '1990-07-15'"
              segdrift eval "number('1.234,50', 'de')"
              printf '%s\\n' "1/0" "upper('a')" | segdrift eval
            """)

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("The expression; without one, lines of standard input.", valueName: "expr"))
    var words: [String] = []

    @Option(
        name: .customLong("with"),
        help: ArgumentHelp("A name the expression may use, and its value. Repeatable.", valueName: "name=value"))
    var bindings: [String] = []

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        // Negative numbers begin with a dash too, so that unknown options arrive here as words.
        if let option = words.first(where: { $0.hasPrefix("--") && $0.dropFirst(2).first?.isLetter == true }) {
            throw ValidationError(
                "Unknown option '\(option)'. A comment before an expression needs a blank after '--'.")
        }
        for binding in bindings where ValueLiteral.parseBinding(binding) == nil {
            throw ValidationError(
                "--with \(binding): write name=value, as in --with recency=12 or --with \"born=DATE '1990-07-15'\".")
        }
    }

    func run() throws {
        let trial = ExpressionTrial(
            bindings: bindings.compactMap(ValueLiteral.parseBinding), zones: SystemZones().lookup)
        guard words.isEmpty else {
            let text = words.joined(separator: " ")
            do {
                try Terminal.line(trial.json(text))
            } catch let error as ExpressionError {
                throw Failure(ExitStatus.badData, error.pointing(into: text))
            }
            return
        }
        while let line = readLine() {
            do throws(ExpressionError) {
                let json = try trial.json(line)
                try? Terminal.line(json)
            } catch {
                try? Terminal.line("error: \(error.description.split(separator: "\n").joined(separator: " "))")
            }
        }
    }
}

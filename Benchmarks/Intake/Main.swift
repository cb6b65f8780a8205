/// Measures both passes over a file without database and engine, and prints a table.
///
///     swift run -c release intake-bench [THOUSANDS OF RECORDS]
@main
struct IntakeBench {
    static func main() throws {
        let thousands = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000
        for figure in try IntakeBenchmarks.run(records: thousands * 1_000) { print(figure.line) }
    }
}

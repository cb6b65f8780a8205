/// Measures the readers of formats alone, on texts in memory, and prints a table.
///
///     swift run -c release formats-bench [MEGABYTES]
@main
struct FormatsBench {
    static func main() throws {
        let megabytes = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200
        for figure in try FormatsBenchmarks.run(bytesPerFormat: megabytes * 1_000_000) { print(figure.line) }
    }
}

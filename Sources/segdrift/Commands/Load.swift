import ArgumentParser
import DriftAnalytics
import DriftDaemon
import DriftIntake
import DriftModel
import DriftStore
import Glibc

struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "First load or backfill: take files from anywhere, with a progress bar.",
        discussion: """
            Each NAME= begins the files of one source of the configuration; a directory stands for the files in it that \
            the source's 'match' takes. The files are copied into the spool, and applied as if they had been dropped \
            there: all of them merged by time, whatever their order here. Moves are history, and told in one digest.

            Killed at any moment, the same command goes on where it was; files that are in are not taken again. The \
            daemon must be stopped. Ends with 65 when a file was refused whole: see 'segdrift quarantine'.

            EXAMPLES
              segdrift load shop=archive/2024/ web=clicks-*.ndjson
              segdrift load shop= day1.csv day2.csv.gz --as-of 2026-01-31
            """)

    @Argument(help: ArgumentHelp("Source and files.", valueName: "name=files"), completion: .file())
    var files: [String]

    @Option(
        name: .customLong("as-of"),
        help: ArgumentHelp(
            "Walk logical time up to this instant, not the wall clock (2026-01-31 or 2026-01-31T09:30:00Z; UTC).",
            valueName: "instant"))
    var asOf: String?

    @Option(name: .customLong("chunk-records"), help: ArgumentHelp("Records in a transaction.", visibility: .hidden))
    var chunkRecords = RunOptions.chunkRecordsDefault

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if files.first?.contains("=") == false {
            throw ValidationError("write NAME=FILES: which source do the files belong to?")
        }
        if let asOf, ValueLiteral.parseInstant(asOf) == nil {
            throw ValidationError("--as-of: '\(asOf)' is no instant; write 2026-01-31 or 2026-01-31T09:30:00Z.")
        }
    }

    func run() async throws {
        let configuration = try global.configuration()
        let items = try FileArguments.items(files, sources: configuration.sources)
        var line = ProgressLine(isQuiet: global.quiet)
        let outcome = try LoadRun.run(
            LoadRun.Options(
                configPath: global.config, items: items, asOf: asOf.flatMap(ValueLiteral.parseInstant),
                chunkRecords: chunkRecords),
            world: World.real(environment: World.processEnvironment())
        ) { progress in
            switch progress {
            case .copying(let done, let total):
                line.show("copying", done: Int64(done), total: Int64(total), unit: "files")
            case .reading(let done, let total, _):
                line.show("reading", done: Int64(done), total: Int64(total), unit: "files")
            case .applying(let done, let total):
                line.show("applying", done: done, total: total, unit: "records")
            }
        }
        line.clear()
        try global.remark(Self.sentence(outcome, files: items.count))
        for (name, reason) in outcome.refused {
            Terminal.complain("\(TerminalText.escaped(name)) was refused: \(reason)")
        }
        guard outcome.refused.isEmpty else {
            throw Failure(
                ExitStatus.badData, "\(outcome.refused.count) of \(items.count) files were refused",
                hint: "mend the configuration, then 'segdrift quarantine requeue'")
        }
    }

    static func sentence(_ outcome: LoadRun.Outcome, files: Int) -> String {
        let counts = outcome.counts
        var text = "\(NumberText.grouped(files)) files"
        if outcome.known > 0 { text += " (\(NumberText.grouped(outcome.known)) were in before)" }
        text += ", \(NumberText.grouped(counts.records)) records (\(NumberText.grouped(counts.accepted)) accepted"
        let others: [(String, Int64)] = [
            ("duplicates", counts.duplicates), ("conflicts", counts.conflicts),
            ("beyond the horizon", counts.beyondHorizon),
            ("ignored", counts.ignored), ("quarantined", counts.quarantined),
        ]
        for (name, count) in others where count > 0 { text += ", \(NumberText.grouped(count)) \(name)" }
        text += "), \(NumberText.grouped(outcome.summary.transitions)) moves"
        return text + (outcome.summary.logicalTime.map { "; logical time \(TimeText.instant($0))" } ?? "")
    }
}

/// `NAME=FILES… NAME=FILES…` as files with their sources.
enum FileArguments {
    /// - Throws: ``Failure`` (64) for an unknown source or files that are not there.
    static func items(_ arguments: [String], sources: [SourceConfiguration]) throws(Failure) -> [Loader.Item] {
        var source: SourceConfiguration?
        var items: [Loader.Item] = []
        for argument in arguments {
            var path = argument
            if let sign = argument.firstIndex(of: "="), !argument[..<sign].contains("/") {
                let name = String(argument[..<sign])
                if let found = sources.first(where: { $0.name == name }) {
                    source = found
                    path = String(argument[argument.index(after: sign)...])
                } else if source == nil || !FileOutput.exists(argument) {
                    throw Failure(
                        ExitStatus.usage, "'\(argument)': there is no source '\(name)'",
                        hint: "the configuration has \(sources.map(\.name).joined(separator: ", "))")
                }
            }
            guard let source else {
                throw Failure(ExitStatus.usage, "'\(argument)': of which source?", hint: "write NAME=FILES")
            }
            if !path.isEmpty { items += try files(path, of: source) }
        }
        guard !items.isEmpty else { throw Failure(ExitStatus.usage, "no files to load", hint: "write NAME=FILES") }
        return items
    }

    /// The files a path or pattern stands for, absolute.
    private static func files(_ path: String, of source: SourceConfiguration) throws(Failure) -> [Loader.Item] {
        let isPattern = !FileOutput.exists(path) && path.contains(where: { "*?[".contains($0) })
        let paths = isPattern ? expanded(path) : [path]
        guard !paths.isEmpty else { throw Failure(ExitStatus.failed, "'\(path)': no file has such a name") }
        var items: [Loader.Item] = []
        for path in paths {
            guard let absolute = resolved(path) else {
                throw Failure(ExitStatus.failed, "'\(path)': \(Terminal.systemMessage(errno))")
            }
            for file in try listed(absolute, of: source) { items.append(Loader.Item(source: source.name, path: file)) }
        }
        return items
    }

    /// A directory's files that the source takes, by name; a file itself.
    private static func listed(_ path: String, of source: SourceConfiguration) throws(Failure) -> [String] {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw Failure(ExitStatus.failed, "'\(path)': \(Terminal.systemMessage(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [path] }
        let glob = Glob(source.match)
        let names: [[UInt8]]
        do {
            names = try SystemSpoolFiles().names(in: path)
        } catch {
            throw Failure(ExitStatus.failed, error.description)
        }
        let taken = names.filter { !FileName.isIgnored($0) && glob.matches($0) }
            .sorted { $0.lexicographicallyPrecedes($1) }
        guard !taken.isEmpty else {
            throw Failure(
                ExitStatus.failed, "'\(path)': no file there is called as source '\(source.name)' takes them",
                hint: "its match is '\(source.match)'")
        }
        return taken.map { "\(path)/\(String(decoding: $0, as: UTF8.self))" }
    }

    private static func expanded(_ pattern: String) -> [String] {
        var found = unsafe glob_t()
        defer { unsafe globfree(&found) }
        guard unsafe glob(pattern, 0, nil, &found) == 0 else { return [] }
        return unsafe (0..<Int(found.gl_pathc)).compactMap { index in
            unsafe found.gl_pathv[index].map { unsafe String(cString: $0) }
        }
    }

    private static func resolved(_ path: String) -> String? {
        guard let text = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }
}

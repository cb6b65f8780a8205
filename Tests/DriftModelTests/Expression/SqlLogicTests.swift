import DriftModel
import Foundation
import Testing

/// Records of sqllogictest files that are one scalar expression, against our evaluator. Catches what random
/// generation of ours does not write: chains of signs, odd spacing, CASE in CASE.
@Suite struct SqlLogicTests {
    static let isLong = ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] != nil

    /// The archive: under `$SEGDRIFT_SHARED` or beside the package.
    static var archive: String? {
        let shared = ProcessInfo.processInfo.environment["SEGDRIFT_SHARED"]
        let package = URL(filePath: #filePath).pathComponents.dropLast(4).joined(separator: "/").dropFirst()
        let roots = [shared, "\(FileManager.default.currentDirectoryPath)/../shared", "\(package)/../shared"]
        let paths = roots.compactMap { $0 }.map { "\($0)/data/sqllogictest/sqllogictest-expr-30pct.tar.gz" }
        return paths.first { FileManager.default.fileExists(atPath: $0) }
    }

    @Test(.enabled(if: archive != nil, "data/sqllogictest is not here: set SEGDRIFT_SHARED"))
    func everythingWithinTheSubsetGivesItsResult() throws {
        let archive = try #require(Self.archive)
        let folder = FileManager.default.temporaryDirectory.appending(path: "sqllogictest-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let tar = Process()
        tar.executableURL = URL(filePath: "/usr/bin/tar")
        tar.arguments = ["xzf", archive, "-C", folder.path]
        try tar.run()
        tar.waitUntilExit()
        #expect(tar.terminationStatus == 0)
        let random = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/random/expr").sorted()
        let sample = Self.isLong ? random : Array(random.prefix(1))
        let evidence = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/evidence").sorted()
        let paths = sample.map { "/random/expr/\($0)" } + evidence.map { "/evidence/\($0)" }
        var tally = SqlLogicTally()
        for path in paths {
            let text = try String(contentsOfFile: folder.path + path, encoding: .utf8)
            tally.run(text, name: path)
        }
        print(tally.table)
        #expect(tally.failures.isEmpty, "\(tally.failures.prefix(20).joined(separator: "\n"))")
        #expect(tally.passed > 1_000 * sample.count)
        #expect(tally.unknown.isEmpty, "\(tally.unknown.prefix(20).joined(separator: "\n"))")
    }
}

/// What became of the records.
struct SqlLogicTally {
    private(set) var passed = 0
    private(set) var failures: [String] = []
    /// Refused for a reason that is no known construct.
    private(set) var unknown: [String] = []
    private(set) var outside: [String: Int] = [:]
    private(set) var otherEngines = 0
    /// Passed, failed and outside the subset, by file.
    private(set) var files: [String] = []

    var table: String {
        var lines = files + ["sqllogictest: passed \(passed), failed \(failures.count), other engines \(otherEngines)"]
        for (construct, count) in outside.sorted(by: { $0.value > $1.value }) {
            lines.append("  outside the subset: \(construct): \(count)")
        }
        return lines.joined(separator: "\n")
    }

    mutating func run(_ text: String, name: String) {
        let before = (passed, failures.count, outside.values.reduce(0, +))
        defer {
            files.append(
                "\(name): passed \(passed - before.0), failed \(failures.count - before.1), "
                    + "outside the subset \(outside.values.reduce(0, +) - before.2)")
        }
        var record: [Substring] = []
        var lines: [Substring] = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        lines.append("")
        for line in lines {
            if !line.isEmpty {
                if line.first != "#" { record.append(line) }
                continue
            }
            take(record, name: name)
            record.removeAll(keepingCapacity: true)
        }
    }

    private mutating func take(_ lines: [Substring], name: String) {
        var lines = lines[...]
        while let words = lines.first?.split(separator: " "), words.count > 1,
            words[0] == "onlyif" || words[0] == "skipif"
        {
            if (words[0] == "onlyif") != (words[1] == "sqlite") {
                otherEngines += 1
                return
            }
            lines = lines.dropFirst()
        }
        guard let head = lines.first?.split(separator: " "), head.count > 1, head[0] == "query" else { return }
        guard let rule = lines.firstIndex(of: "----") else { return }
        let query = lines[(lines.startIndex + 1)..<rule].joined(separator: " ")
        let results = lines[(rule + 1)...].map(String.init)
        check(query, type: head[1], results: results, name: name)
    }

    private mutating func leaveOut(_ construct: String) { outside[construct, default: 0] += 1 }

    private mutating func check(_ query: String, type: Substring, results: [String], name: String) {
        if let construct = Self.construct(query) { return leaveOut(construct) }
        if type.count != 1 { return leaveOut("several columns") }
        guard results.count == 1, let expected = results.first else { return leaveOut("several rows") }
        let expression = Self.expression(query)
        var schema = ExpressionSchema(inputs: [])
        do {
            let compiled = try ExpressionCompiler.compile(expression, schema: &schema)
            let found = Self.text(compiled.value(), type: type)
            if found == expected {
                passed += 1
            } else {
                failures.append("\(name): \(query): \(found), not \(expected)")
            }
        } catch {
            if let construct = Self.construct(of: error) {
                leaveOut(construct)
            } else {
                unknown.append("\(name): \(query): \(error)")
            }
        }
    }

    /// What a query has that the language has not.
    private static func construct(_ query: String) -> String? {
        let words = Set(query.uppercased().split { !($0.isLetter || $0.isNumber || $0 == "_") })
        for aggregate: Substring in ["COUNT", "SUM", "MIN", "MAX", "AVG", "TOTAL", "GROUP_CONCAT"]
        where words.contains(aggregate) {
            return "aggregates"
        }
        if words.contains("FROM") || query.uppercased().contains("IN T") { return "tables" }
        if query.contains("/") { return "division of integers" }
        if query.contains("x'") || query.contains("X'") { return "blobs" }
        return nil
    }

    private static func construct(of error: ExpressionError) -> String? {
        let message = error.message
        if message.contains("needs a condition") { return "numbers as truth values" }
        if message.contains("a boolean") { return "truth values as numbers" }
        if message.contains("a number with a text") || message.contains("a text with a number") {
            return "comparing numbers with texts"
        }
        if message.contains("found ','") { return "several columns" }
        return nil
    }

    /// The expression between SELECT and AS.
    private static func expression(_ query: String) -> String {
        var words = query.split(separator: " ")[...]
        words = words.dropFirst()
        if words.first == "ALL" || words.first == "DISTINCT" { words = words.dropFirst() }
        if words.count > 2, words[words.endIndex - 2].uppercased() == "AS" { words = words.dropLast(2) }
        if let last = words.last, last.hasPrefix("col"), words.count > 1 { words = words.dropLast() }
        return words.joined(separator: " ")
    }

    private static func text(_ value: Value, type: Substring) -> String {
        switch value {
        case .null: return "NULL"
        case .boolean(let truth): return truth ? "1" : "0"
        case .number(let number):
            return type == "R" ? String(format: "%.3f", number) : String(Int(number))
        case .text(let text): return text
        default: return "\(value)"
        }
    }
}

import Foundation
import Testing

/// Something to be interrupted: a place that is ready, and the commands that are run there.
struct CrashScenario: CustomTestStringConvertible, Sendable {
    var name: String
    var prepare: @Sendable () async throws -> Workplace
    var steps: @Sendable (Workplace) -> [[String]]
    /// How many of its calls are tried in the short run.
    var few: Int
    /// A claim that was cut short may leave a row that says so.
    var leavesClaims = false
    /// What it tells names files by their numbers, and a claim that fails uses one up.
    var tellsNumbers = false
    var testDescription: String { name }

    init(
        name: String, few: Int, leavesClaims: Bool = false, tellsNumbers: Bool = false,
        prepare: @escaping @Sendable () async throws -> Workplace,
        steps: @escaping @Sendable (Workplace) -> [[String]]
    ) {
        self.name = name
        self.few = few
        self.leavesClaims = leavesClaims
        self.tellsNumbers = tellsNumbers
        self.prepare = prepare
        self.steps = steps
    }
}

/// Runs a scenario under the shim that kills or fails at chosen calls, then again without it, and compares with what an
/// uninterrupted run left.
struct CrashRig {
    let scenario: CrashScenario
    /// Calls of an uninterrupted run that change the file system.
    let calls: Int
    /// Runs that were interrupted.
    private(set) var tried = 0
    /// The call at which the last one was.
    private(set) var lastCall = ""
    private let reference: Workplace
    /// What its database says, with and without the files that did not come in.
    private let expected: [DatabaseContent.Files: [String: String]]
    private let expectedSpool: [String]
    /// The command that was interrupted last.
    private var lastStep = 0

    static var isLong: Bool { ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] != nil }

    init(_ scenario: CrashScenario) async throws {
        self.scenario = scenario
        reference = try await scenario.prepare()
        let count = reference.root.appendingPathComponent("calls")
        var calls = 0
        for arguments in scenario.steps(reference) {
            let end = try await DaemonProcess.run(
                arguments,
                environment: ["LD_PRELOAD": DaemonProcess.crashShim.path, "CRASH_COUNT_FILE": count.path])
            #expect(end == .exited(0), "\(arguments)")
            let text = try String(contentsOf: count, encoding: .utf8)
            calls = max(calls, Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0)
        }
        self.calls = calls
        #expect(try DatabaseContent.brokenInvariants(reference.databasePath) == [])
        expected = [
            .all: try DatabaseContent.texts(reference.databasePath),
            .thatCameIn: try DatabaseContent.texts(reference.databasePath, files: .thatCameIn),
        ]
        expectedSpool = try Self.names(reference)
    }

    /// Which calls to try: every one in the long run (`SEGDRIFT_SLICE=2/5` the second fifth of them), else a few.
    func points(_ share: Int = 1) -> [Int] {
        let few = max(1, scenario.few / share)
        // Not the same ones for every kind of trouble.
        guard Self.isLong else { return (0..<few).map { 1 + (calls * $0 + calls / 2 * (share - 1) / share) / few } }
        return Self.slice(of: calls)
    }

    /// The calls of the long run.
    static func slice(of calls: Int) -> [Int] {
        let slice = (ProcessInfo.processInfo.environment["SEGDRIFT_SLICE"] ?? "1/1").split(separator: "/")
        let (part, parts) = (Int(slice.first ?? "") ?? 1, Int(slice.last ?? "") ?? 1)
        return (1...calls).filter { $0 % parts == part % parts }
    }

    /// Runs the scenario in a new place until one of its commands ends badly, or all have ended.
    mutating func run(_ orders: [String: String]) async throws -> (place: Workplace, end: DaemonProcess.End) {
        let place = try await scenario.prepare()
        let call = place.root.appendingPathComponent("call")
        var orders = orders
        orders["LD_PRELOAD"] = DaemonProcess.crashShim.path
        orders["CRASH_CALL_FILE"] = call.path
        var end = DaemonProcess.End.exited(0)
        for (step, arguments) in scenario.steps(place).enumerated() where end == .exited(0) {
            lastStep = step
            end = try await DaemonProcess.run(arguments, environment: orders)
        }
        tried += 1
        lastCall = (try? String(contentsOf: call, encoding: .utf8)) ?? "none"
        return (place, end)
    }

    /// Goes on with the command that was interrupted, undisturbed.
    /// - Parameters:
    ///   - forgivingClaims: A file that could not be taken, and was taken later, may have left a row that says so.
    ///   - excluded: Views that may differ.
    ///   - other: What to compare with instead of an uninterrupted run.
    /// - Returns: What differs from an uninterrupted run, or does not hold.
    func finish(
        _ place: Workplace, forgivingClaims: Bool = false, besides excluded: Set<String> = [],
        like other: Workplace? = nil
    ) async throws -> [String] {
        var wrong: [String] = []
        for arguments in scenario.steps(place)[lastStep...] {
            let (end, _, errors) = try await DaemonProcess.capture(arguments)
            if end != .exited(0) { wrong.append("\(arguments[0]) again: \(end): \(errors)") }
        }
        do {
            let files: DatabaseContent.Files = forgivingClaims || scenario.leavesClaims ? .thatCameIn : .all
            let numbered: Set<String> = other != nil && scenario.tellsNumbers ? ["alerts", "files"] : []
            wrong += try DatabaseContent.differences(
                (other ?? reference).databasePath, place.databasePath, besides: excluded.union(numbered),
                ofFiles: files,
                known: other == nil ? expected[files] : nil)
            wrong += try DatabaseContent.brokenInvariants(place.databasePath)
        } catch {
            wrong.append("\(error)")
        }
        wrong += try strays(place, like: other)
        return wrong
    }

    /// What is left when some files come only after the run, and are taken by another: those that a run was not allowed to
    /// take hold up no others (fault 43).
    func uninterrupted(withLater names: [String]) async throws -> Workplace {
        let place = try await scenario.prepare()
        let incoming = place.root.appendingPathComponent("spool/incoming")
        func later(_ name: String) -> URL { place.root.appendingPathComponent(name.replacing("/", with: "-")) }
        for name in names {
            try FileManager.default.moveItem(at: incoming.appendingPathComponent(name), to: later(name))
        }
        for arguments in scenario.steps(place) { #expect(try await DaemonProcess.run(arguments) == .exited(0)) }
        for name in names {
            try FileManager.default.moveItem(at: later(name), to: incoming.appendingPathComponent(name))
        }
        for arguments in scenario.steps(place)[lastStep...] {
            #expect(try await DaemonProcess.run(arguments) == .exited(0))
        }
        return place
    }

    /// Files of the spool that are not where an uninterrupted run has them. Numbers may differ.
    private func strays(_ place: Workplace, like other: Workplace?) throws -> [String] {
        let found = try Self.names(place)
        let expected = try other.map(Self.names) ?? expectedSpool
        return expected == found ? [] : ["spool: \(found) instead of \(expected)"]
    }

    private static func names(_ place: Workplace) throws -> [String] {
        try place.spool("").map { $0.replacing(#/\/\d+-/#, with: "/").replacing(#/\/\d+\./#, with: "/N.") }
            .filter { !$0.hasSuffix(".lost") }.sorted()
    }
}

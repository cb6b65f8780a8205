import Foundation
import Testing

/// Files whose one record does not end, through the whole daemon: refused with a reason, in memory that does not grow
/// with them. 16 MB each, or 4 GB with `SEGDRIFT_LONG=1` (faults 7 and 52).
@Suite(.enabled(if: DaemonProcess.isBuilt, "needs the built executable"), .serialized, .timeLimit(.minutes(60)))
struct HugeFileTests {
    static let megabytes = CrashRig.isLong ? 4_096 : 16

    struct Huge: Sendable, CustomTestStringConvertible {
        var name: String
        var format: String
        var head: String
        var piece: String
        var tail: String
        /// What the file is refused for.
        var reason: String
        var testDescription: String { name }
    }

    static let all = [
        Huge(
            name: "a line of CSV", format: "csv", head: "customer,type,at,amount\nC,", piece: "x", tail: ",1\n",
            reason: "1 of 1 records"),
        Huge(
            name: "a quoted field", format: "csv", head: "customer,type,at,amount\nC,\"", piece: "x", tail: "\",1\n",
            reason: "1 of 1 records"),
        Huge(
            name: "a line of columns", format: "csv", head: "customer,type,at,amount\nC", piece: ",", tail: "\n",
            reason: "1 of 1 records"),
        Huge(
            name: "a line of JSON", format: "ndjson", head: "{\"customer\":\"", piece: "x", tail: "\"}\n",
            reason: "1 of 1 records"),
        Huge(
            name: "a nested array", format: "json", head: "[{\"customer\":", piece: "[", tail: "]]",
            reason: "not closed"),
        Huge(
            name: "an XML attribute", format: "xml", head: "<r><o a=\"", piece: "x", tail: "\"/></r>",
            reason: "need more memory than a record may"),
        Huge(
            name: "nested elements", format: "xml", head: "<r><o>", piece: "<a>", tail: "</o></r>",
            reason: "nested too deeply"),
    ]

    /// As members of gzip, each a megabyte.
    static func write(_ huge: Huge, to path: String) throws {
        func quoted(_ text: String) -> String { "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'" }
        let script = """
            set -e
            printf %s \(quoted(huge.head)) | gzip -1 > \(quoted(path))
            { yes \(quoted(huge.piece)) | tr -d '\\n' | head -c 16777216; } 2> /dev/null | gzip -1 > \(quoted(path)).piece
            for i in $(seq \(megabytes / 16)); do cat \(quoted(path)).piece; done >> \(quoted(path))
            printf %s \(quoted(huge.tail)) | gzip -1 >> \(quoted(path))
            rm \(quoted(path)).piece
            """
        try SharedData.run("/bin/sh", ["-c", script])
    }

    @Test(arguments: all) func isRefusedInBoundedMemory(huge: Huge) async throws {
        let place = try Workplace(
            model: CrashTests.model, settings: "wall_lag: never\nmemory_budget: 16MiB",
            sources: "  - {name: shop, format: \(huge.format), limits: {ratio: 1000000}}")
        try Self.write(huge, to: place.incoming("shop").appendingPathComponent("huge").path)
        try place.drop("after.\(huge.format)", "")
        let began = ContinuousClock.now
        let (end, peak) = try await DaemonProcess.measure(["run", "--once", "--config", place.configPath])
        let spent = ContinuousClock.now - began
        #expect(end == .exited(0))
        let files = try DatabaseContent.rows(place.databasePath, of: "files")
        let file = files.first { $0.contains("name=huge") } ?? ""
        #expect(file.contains("state=quarantined") && file.contains("accepted=0"), "\(file)")
        #expect(file.contains(huge.reason), "\(file)")
        print("\(huge.name) of \(Self.megabytes) MB: \(spent), \(peak >> 10) MiB; \(file.suffix(120))")
        #expect(peak < 160 << 10, "\(peak) KiB")
    }
}

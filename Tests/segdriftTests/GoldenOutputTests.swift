import Foundation
import Testing

/// What every look command prints about ``CornerShop``, kept under `Tests/Golden`. A change of a text is seen in
/// review; `RECORD_SNAPSHOTS=1 swift test --filter GoldenOutput` writes the files anew.
@Suite(.enabled(if: BuiltExecutable.isBuilt, "needs the built executable"), .serialized)
struct GoldenOutputTests {
    struct Look: CustomTestStringConvertible, Sendable {
        var name: String
        var arguments: String
        var columns = 80
        var testDescription: String { name }
    }

    static let looks: [Look] = [
        Look(name: "status", arguments: "status --format table"),
        Look(name: "segments", arguments: "segments --window 30d --format table", columns: 100),
        Look(name: "segments-narrow", arguments: "segments --segmentation value --format table", columns: 60),
        Look(name: "segments-as-of", arguments: "segments --as-of 2024-02-05 --format csv"),
        Look(name: "transitions", arguments: "transitions --format table"),
        Look(name: "transitions-wide", arguments: "transitions --direction down --format table", columns: 160),
        Look(name: "transitions-since", arguments: "transitions --since 2024-02-26 --format ndjson"),
        Look(name: "transitions-none", arguments: "transitions --from null --cause late --format table"),
        Look(name: "explain", arguments: "explain ana --format table"),
        Look(name: "explain-json", arguments: "explain cem --format json"),
        Look(name: "explain-prospect", arguments: "explain dee --format table"),
        Look(name: "explain-move", arguments: "explain --transition 6 --format table"),
        Look(name: "forecast", arguments: "forecast --within 60d --format table"),
        Look(name: "forecast-totals", arguments: "forecast --within 60d --totals --format csv"),
        Look(name: "features", arguments: "features --format table"),
        Look(name: "features-one", arguments: "features --customer ana --format table"),
        Look(name: "features-narrow", arguments: "features --format table", columns: 32),
        Look(name: "alerts", arguments: "alerts --format table"),
        Look(name: "alerts-json", arguments: "alerts list --customer ana --format ndjson"),
        Look(name: "alerts-none", arguments: "alerts list --undelivered --format table"),
        Look(name: "silences-none", arguments: "alerts silence list --format table"),
        Look(name: "error-rule", arguments: "alerts silence --rule sliping --for 4h"),
        Look(name: "error-alert", arguments: "alerts retry feedbeef"),
        Look(name: "error-destination", arguments: "alerts retry --destination lok"),
        Look(name: "actions", arguments: "actions --format table"),
        Look(name: "actions-narrow", arguments: "actions --format table", columns: 48),
        Look(name: "actions-segment", arguments: "actions regulars --format table"),
        Look(name: "actions-customer", arguments: "actions --customer ana --format table"),
        Look(name: "actions-area", arguments: "actions --area marketing --format csv"),
        Look(name: "actions-json", arguments: "actions value.gone --format ndjson"),
        Look(name: "error-seg", arguments: "actions regular"),
        Look(name: "error-area", arguments: "actions --area sales.script"),
        Look(name: "files", arguments: "files --format table"),
        Look(name: "files-quality", arguments: "files --quality --format table"),
        Look(name: "files-quality-csv", arguments: "files --quality --source till --format csv"),
        Look(name: "files-forms", arguments: "files --forms --format table"),
        Look(name: "error-files", arguments: "files --quality --state archived"),
        Look(name: "quarantine", arguments: "quarantine list --format table"),
        Look(name: "quarantine-json", arguments: "quarantine list --format json"),
        Look(name: "quarantine-show", arguments: "quarantine show 2 --format table"),
        Look(name: "quarantine-show-csv", arguments: "quarantine show 2 --record 4 --format csv"),
        Look(name: "verify", arguments: "verify --format table -q", columns: 100),
        Look(name: "verify-json", arguments: "verify --quick --format json -q"),
        Look(name: "check", arguments: "check --format table"),
        Look(name: "error-customer", arguments: "explain anna"),
        Look(name: "error-segment", arguments: "forecast --from regular"),
        Look(name: "error-day", arguments: "segments --as-of 2001-01-01"),
        Look(name: "error-source", arguments: "files --source tell"),
        Look(name: "error-cause", arguments: "transitions --cause weather"),
        Look(name: "error-load", arguments: "load tell=x.csv"),
        Look(name: "error-load-file", arguments: "load till=nowhere.csv"),
        Look(name: "error-quarantine", arguments: "quarantine show 4711"),
        Look(name: "error-requeue", arguments: "quarantine requeue"),
        Look(name: "requeue-nothing", arguments: "quarantine requeue --code nothing"),
        Look(name: "error-move", arguments: "explain --transition 4711"),
    ]

    static let directory = URL(filePath: #filePath).appending(path: "../../Golden/segdrift").standardizedFileURL

    @Test func everyLookPrintsWhatItPrinted() async throws {
        let isRecording = ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] != nil
        let shop = try await CornerShop.filled()
        for look in Self.looks {
            let arguments = look.arguments.split(separator: " ").map(String.init) + ["--config", shop.config]
            let said = Self.timeless(
                try BuiltExecutable.transcript(arguments, columns: look.columns), root: shop.root.path)
            let file = Self.directory.appending(path: "\(look.name).txt")
            if isRecording {
                try FileManager.default.createDirectory(at: Self.directory, withIntermediateDirectories: true)
                try Data(said.utf8).write(to: file)
            }
            #expect(
                said == (try? String(contentsOf: file, encoding: .utf8)), "\(look.name): segdrift \(look.arguments)")
        }
    }

    @Test func everyKeptFileBelongsToALook() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path)
        #expect(Set(files) == Set(Self.looks.map { "\($0.name).txt" }))
    }

    /// Without what differs from run to run: places, the wall clock, sizes.
    static func timeless(_ text: String, root: String) -> String {
        text.replacingOccurrences(of: root, with: "PLACE")
            .replacing(#/"recorded_at":"[^"]*"/#, with: #""recorded_at":"NOW""#)
            .replacing(#/"(created_at|delivered_at)":"[^"]*"/#) { "\"\($0.1)\":\"NOW\"" }
            .replacing(#/^[0-9a-f]{12}  \d{4}-\d\d-\d\d \d\d:\d\d/#.anchorsMatchLineEndings(), with: "ID  NOW")
            .replacing(#/recorded  \d{4}-\d\d-\d\d \d\d:\d\d/#, with: "recorded  NOW")
            .replacing(#/\d+y( \d+d)?/#, with: "AGE")
            .replacing(#/\d+(\.\d)? (B|KiB|MiB)\b/#, with: "SIZE")
            .replacing(#/\b[0-9a-f]{64}\b/#, with: "HASH").replacing(#/\([0-9a-f]{12}\)/#, with: "(HASH)")
            .replacing(#/archived \d{4}-\d\d-\d\d \d\d:\d\d/#, with: "archived NOW").replacing(
                #/\d+ pages/#, with: "PAGES"
            )
            .replacing(#/model     [0-9a-f]{12}/#, with: "model     HASH")
            .replacing(#/(arrival_delay,\w+|configured),(.*),\d+/#) { "\($0.1),\($0.2),SECONDS" }
            .replacing(#/of \d{4}-\d\d-\d\d, /#, with: "of TODAY, ")
            .replacing(#/(till +\d+ +columns +)\d{4}-\d\d-\d\d \d\d:\d\d/#) { "\($0.1)NOW" }
    }
}

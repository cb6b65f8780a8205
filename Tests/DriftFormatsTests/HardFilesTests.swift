import DriftFormats
import Foundation
import Testing

/// Files written by others to break parsers. Where they are not there, the tests are skipped and say so.
@Suite(.enabled(if: SharedData.folder != nil, "the shared data folder is not there (set SEGDRIFT_SHARED)"))
struct HardFilesTests {
    @Test func everyCaseOfCSVSpectrumIsReadAsExpected() throws {
        let files = try SharedData.files(in: "csv-spectrum/csv-spectrum.tar.gz")
        let cases = files.keys.filter { $0.hasPrefix("csvs/") }
        #expect(cases.count == 11)
        for name in cases.sorted() {
            let result = decode(CSVDecoder(), files[name] ?? [])
            let expectedName = name.replacingOccurrences(of: "csvs/", with: "json/").replacingOccurrences(
                of: ".csv", with: ".json")
            let json = try JSONSerialization.jsonObject(with: Data(files[expectedName] ?? []))
            let expected = json as? [[String: String]] ?? []
            let rows = result.rows.map { row in
                Dictionary(uniqueKeysWithValues: zip(result.names, row.map { $0 ?? "missing" }))
            }
            #expect(rows == expected, "\(name)")
            #expect(result.rejects.isEmpty, "\(name)")
        }
        print("csv-spectrum: \(cases.count) of 11 cases read as expected")
    }

    @Test func everyDirtyCSVIsReadOrRefusedWithItsSums() throws {
        let files = try SharedData.files(in: "csv-dirty/csv-dirty.tar.gz").filter { $0.key.hasSuffix(".csv") }
        #expect(files.count > 300)
        var rows = 0
        var rejects = 0
        for (name, bytes) in files {
            let whole = decode(CSVDecoder(), bytes)
            let numbers = (whole.numbers + whole.rejects.map(\.number)).sorted()
            #expect(numbers == Array(1..<(Int64(whole.total) + 1)), "\(name)")
            #expect(decode(CSVDecoder(), bytes, chunk: 509) == whole, "\(name)")
            rows += whole.rows.count
            rejects += whole.rejects.count
        }
        print("csv-dirty: \(files.count) files, \(rows) rows, \(rejects) refused")
    }

    /// What becomes of a JSON text delivered as a file: taken as JSON, or refused with a place.
    private func outcome(_ bytes: [UInt8], chunk: Int? = nil) throws -> (isAccepted: Bool, place: Int64?) {
        let result = decode(try JSONArrayDecoder(limits: FormatLimits(depthMax: 1024)), bytes, chunk: chunk)
        if let failure = result.failure { return (false, failure.byteOffset) }
        // A number or a list where a record should be is valid JSON all the same.
        let bad = result.rejects.filter { ![.notAnObject, .nulByte].contains($0.code) }
        return (bad.isEmpty, bad.first?.byteOffset)
    }

    @Test func everyFileOfJSONTestSuiteGoesTheWayItsNameSays() throws {
        let files = try SharedData.files(in: "json-test-suite/json-test-suite.tar.gz")
            .filter { $0.key.hasPrefix("test_parsing/") && $0.key.hasSuffix(".json") }
        #expect(files.count == 318)
        var accepted: [Character: Int] = [:]
        var total: [Character: Int] = [:]
        for (path, bytes) in files {
            let name = path.dropFirst("test_parsing/".count)
            let kind = try #require(name.first)
            let found = try outcome(bytes)
            let problem = JSONText.problem(bytes, depthMax: 1024)
            total[kind, default: 0] += 1
            if found.isAccepted { accepted[kind, default: 0] += 1 }
            switch kind {
            case "y":
                #expect(found.isAccepted && problem == nil, "\(name): \(found) \(String(describing: problem))")
            case "n":
                #expect(!found.isAccepted && problem != nil, "\(name)")
                #expect((0...Int64(bytes.count)).contains(found.place ?? -1), "\(name)")
            default: break
            }
            #expect(try outcome(bytes, chunk: 3).isAccepted == found.isAccepted, "\(name) in chunks of 3")
        }
        print("JSONTestSuite    files accepted refused")
        for kind in total.keys.sorted() {
            let (all, good) = (total[kind] ?? 0, accepted[kind] ?? 0)
            print("  \(kind)_             \(all)       \(good)      \(all - good)")
        }
        #expect(total == ["y": 95, "n": 188, "i": 35])
    }
}

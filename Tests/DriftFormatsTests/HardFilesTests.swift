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

    @Test func everyValidJSONIsAcceptedAndEveryInvalidOneRefused() throws {
        let files = try SharedData.files(in: "json-test-suite/json-test-suite.tar.gz")
            .filter { $0.key.hasPrefix("test_parsing/") && $0.key.hasSuffix(".json") }
        #expect(files.count == 318)
        var implementationDefined = 0
        for (path, bytes) in files {
            let name = path.dropFirst("test_parsing/".count)
            let problem = JSONText.problem(bytes, depthMax: 1024)
            if name.hasPrefix("y_") {
                // Names that appear twice are valid JSON; we refuse them on purpose.
                #expect(problem == nil || problem?.code == .duplicateKey, "\(name): \(String(describing: problem))")
            } else if name.hasPrefix("n_") {
                #expect(problem != nil, "\(name)")
                #expect((problem?.byteOffset ?? 0) <= bytes.count, "\(name)")
            } else if problem == nil {
                implementationDefined += 1
            }
        }
        print(
            "JSONTestSuite: \(files.count) files, \(implementationDefined) of 35 implementation-defined ones accepted")
    }
}

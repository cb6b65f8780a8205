import DriftFormats
import Testing

@testable import formats_bench
@testable import formats_fuzz

/// A short run of what `make fuzz` does for minutes, and the inputs it found.
@Suite struct FuzzTests {
    @Test(arguments: FuzzTarget.allCases)
    func bentInputsAreReadOrRefusedTheSameInAnyPieces(target: FuzzTarget) {
        let failures = Fuzzer.run(target, seeds: 1..<600)
        #expect(failures.map { "seed \($0.seed): \($0.problem)\n\($0.input)" } == [])
    }

    /// Inputs that once read differently in pieces; found by `make fuzz`.
    @Test(arguments: [(FuzzTarget.json, 32988)] as [(FuzzTarget, UInt64)])
    func whatTheFuzzerOnceFoundStaysMended(target: FuzzTarget, seed: UInt64) {
        #expect(Fuzzer.run(target, seeds: seed..<(seed + 1)).map(\.problem) == [])
    }

    /// Found by the fuzzer: the start of a character at the very end was taken for one that the next chunk completes.
    @Test func aCharacterCutOffByTheEndOfTheFileIsRefused() {
        for chunk in [nil, 1] as [Int?] {
            let result = decode(CSVDecoder(), Array("a,b\n1,x\n2,".utf8) + [0xC3], chunk: chunk)
            #expect(result.rows == [["1", "x"]])
            #expect(result.codes == [.invalidUTF8])
        }
    }

    /// Found by the fuzzer: a quote in the middle of a header hid the line's end from the search for the delimiter.
    @Test func aQuoteInsideAHeadersNameOpensNothing() {
        for chunk in [nil, 1, 2] as [Int?] {
            let result = csv("a|b|c,d\"\n1|2|3\n4,4,4,4,4,4\n", chunk: chunk)
            #expect(result.names == ["a", "b", "c,d\""])
            #expect(result.rows == [["1", "2", "3"]])
        }
    }

    @Test func theBenchmarkReadsEveryRecord() throws {
        let figures = try FormatsBenchmarks.run(bytesPerFormat: 1)
        #expect(figures.count == 7)
        for figure in figures {
            #expect(figure.records == (figure.name.hasPrefix("JSON array") ? 5_001 : 5_000), "\(figure.name)")
            #expect(figure.refused == 0, "\(figure.name)")
        }
    }
}

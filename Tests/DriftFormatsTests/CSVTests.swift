import DriftFormats
import Testing

@Suite struct CSVTests {
    @Test func quotedFieldsKeepDelimitersQuotesAndLineEnds() {
        let result = csv("a,b\n\"x,1\",\"say \"\"hi\"\"\"\r\n\"two\r\nlines\",\"\"\n")
        #expect(result.rows == [["x,1", "say \"hi\""], ["two\r\nlines", ""]])
        #expect(result.rejects.isEmpty)
    }

    @Test(arguments: ["\n", "\r", "\r\n"])
    func everyLineEndEndsARecord(end: String) {
        let result = csv("a,b\(end)1,2\(end)\(end)3,4\(end)")
        #expect(result.rows == [["1", "2"], ["3", "4"]])
        #expect(result.numbers == [1, 2])
    }

    @Test func theLastLineNeedsNoLineEnd() {
        #expect(csv("a,b\n1,2\n3,").rows == [["1", "2"], ["3", ""]])
    }

    @Test(arguments: [",", ";", "\t", "|"])
    func theDelimiterIsTheMostFrequentOneOfTheHeader(delimiter: String) {
        let header = ["a", "\"b,;|\"", "c", "d", "e"].joined(separator: delimiter)
        let result = csv("\(header)\n\((1...5).map(String.init).joined(separator: delimiter))\n")
        #expect(result.names == ["a", "b,;|", "c", "d", "e"])
        #expect(result.rows == [["1", "2", "3", "4", "5"]])
    }

    @Test func aGivenDelimiterIsNotGuessed() {
        #expect(csv("a,b;c\n1,2;3\n", CSVDialect(delimiter: UInt8(ascii: ";"))).names == ["a,b", "c"])
    }

    @Test func withoutAHeaderColumnsAreNumbered() {
        let result = csv("1,2\n3,4\n", CSVDialect(hasHeader: false))
        #expect(result.names == ["c1", "c2"])
        #expect(result.rows == [["1", "2"], ["3", "4"]])
        #expect(result.numbers == [1, 2])
    }

    @Test func raggedRowsAreRefusedWithBothCounts() {
        let result = csv("a,b\n1\n1,2,3\n1,2\n")
        #expect(result.rows == [["1", "2"]])
        #expect(result.numbers == [3])
        #expect(result.codes == [.fieldCount, .fieldCount])
        #expect(result.rejects.map(\.reason) == ["expected 2 fields, found 1", "expected 2 fields, found 3"])
        #expect(result.rejects.map { String(decoding: $0.sample, as: UTF8.self) } == ["1", "1,2,3"])
        #expect(result.rejects.map(\.byteOffset) == [4, 6])
    }

    @Test func aColumnNamedTwiceRefusesTheFile() {
        let failure = csv("a,b,a\n1,2,3\n").failure
        #expect(failure?.code == .duplicateHeader)
        #expect(failure?.reason.contains("\"a\"") == true)
    }

    @Test func columnsWithoutANameAreNamedByTheirPlace() {
        #expect(csv(",x,,\n1,2,3,4\n").names == ["c1", "x", "c3", "c4"])
    }

    @Test func anUnbalancedQuoteCostsOneLine() {
        let result = csv("a,b\n1,\"open\n2,x\n3,\"y\"\n4,z\n")
        #expect(result.rows == [["2", "x"], ["3", "y"], ["4", "z"]])
        #expect(result.codes == [.badQuote])
        #expect(result.rejects.first?.number == 1)
    }

    @Test func aQuoteOpenAtTheEndIsRefusedAndTheLinesBehindItAreRead() {
        let result = csv("a,b\n1,x\n2,\"open\n3,y\n")
        #expect(result.rows == [["1", "x"], ["3", "y"]])
        #expect(result.codes == [.unterminatedQuote])
    }

    @Test func anUnbalancedQuoteCannotSwallowMoreThanARecord() {
        let lines = (0..<1000).map { "\($0),x" }.joined(separator: "\n")
        let result = csv("a,b\n\"open,1\n\(lines)\n", limits: FormatLimits(recordBytesMax: 200))
        #expect(result.rows.count == 1000)
        #expect(result.codes == [.recordTooLong])
    }

    @Test func aRowOfTheGreatestLengthIsReadAndOneByteMoreIsNot() {
        let limits = FormatLimits(recordBytesMax: 10)
        #expect(csv("a\n0123456789\n", limits: limits).rows == [["0123456789"]])
        let result = csv("a\n0123456789x\nnext\n", limits: limits)
        #expect(result.rows == [["next"]])
        #expect(result.codes == [.recordTooLong])
    }

    @Test func nulBytesAndBadUTF8AreRefusedRowByRow() {
        let text = Array("a,b\n1,x\0\n2,ok\n3,".utf8) + [0xC3, 0x28, 0x0A] + Array("4,é\n".utf8)
        let result = decode(CSVDecoder(), text)
        #expect(result.codes == [.nulByte, .invalidUTF8])
        #expect(result.rows == [["2", "ok"], ["4", "é"]])
        #expect(result.numbers == [2, 4])
    }

    @Test func onlyTheWantedColumnsAreHandedOut() {
        let result = csv("a,b,c\n1,2,3\n", selection: .only(["c", "nowhere", "a"]))
        #expect(result.rows == [["3", nil, "1"]])
    }

    @Test func theOffsetsAndTheRawTextAreThoseOfTheRows() {
        let result = csv("a,b\n\n1,2\r\n\"3\n\",4")
        #expect(result.offsets == [5, 10])
        #expect(result.raws == [Array("1,2".utf8), Array("\"3\n\",4".utf8)])
    }

    @Test func anEmptyTextHasNoHeaderAndNoRecords() {
        let result = csv("")
        #expect(result == Decoded())
        #expect(csv("\n\r\n").rows.isEmpty)
    }

    @Test func tooManyColumnsAreRefused() {
        let limits = FormatLimits(fieldsMax: 3)
        #expect(csv("a,b,c,d\n", limits: limits).failure?.code == .badHeader)
        #expect(csv("a,b\n1,2,3,4,5\n1,2\n", limits: limits).codes == [.tooManyFields])
    }

    /// Catches everything that depends on where a chunk ends.
    @Test(arguments: 0..<200)
    func theChunksDoNotMatter(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let parts = [
            "a", "b,", ",", "\"", "\"\"", "\n", "\r\n", "\r", "x", "é", "\"q\"", ";", "\0", "\u{1F600}", "long text ",
        ]
        let body = (0..<Int.random(in: 0..<120, using: &random)).map { _ in parts.randomElement(using: &random)! }
        let text = "h1,h2\n" + body.joined()
        let limits = FormatLimits(recordBytesMax: 40)
        let whole = csv(text, limits: limits)
        for chunk in [1, 2, 3, 7, 41] {
            #expect(
                csv(text, limits: limits, chunk: chunk) == whole,
                "seed \(seed), chunks of \(chunk): \(text.debugDescription)")
        }
    }

    /// Never traps, and numbers records without a gap, whatever the bytes.
    @Test(arguments: 0..<200)
    func anyBytesAreReadOrRefused(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed) &+ 77)
        let alphabet: [UInt8] = [0, 10, 13, 34, 44, 59, 65, 0xC3, 0xA9, 0xFF, 0xE2, 0x80]
        let text = (0..<Int.random(in: 0..<400, using: &random)).map { _ in alphabet.randomElement(using: &random)! }
        let result = decode(CSVDecoder(limits: FormatLimits(recordBytesMax: 50)), text, chunk: 13)
        let numbers = (result.numbers + result.rejects.map(\.number)).sorted()
        #expect(numbers == Array(1..<(Int64(result.total) + 1)), "seed \(seed)")
    }
}

import DriftFormats
import Testing

@Suite struct NDJSONTests {
    @Test func membersKeepTheirTokens() {
        let result = ndjson(#"{"n": 1.50e3, "big": 123456789012345678901234567890, "t": true, "s": "x", "none": null}"#)
        #expect(result.names == ["n", "big", "t", "s", "none"])
        #expect(result.rows == [["1.50e3", "123456789012345678901234567890", "true", "x", nil]])
    }

    @Test func nestedMembersAreNamedByTheirPath() {
        let result = ndjson(
            #"{"a": {"b": {"c": 1}, "d": "x"}, "e": [1, {"f": 2}], "g.h": 3}"#,
            selection: .only(["a.b.c", "a.d", "e", "g.h", "a"]))
        #expect(result.rows == [["1", "x", #"[1, {"f": 2}]"#, "3", #"{"b": {"c": 1}, "d": "x"}"#]])
    }

    @Test func membersThatAreNotThereAreMissing() {
        let result = ndjson("{\"a\":1}\n{\"b\":2}\n{}\n", selection: .only(["a", "b"]))
        #expect(result.rows == [["1", nil], [nil, "2"], [nil, nil]])
    }

    @Test func escapesAreRead() {
        let result = ndjson(#"{"a": "q\"\\\/\b\f\n\r\té😀", "k\u0065y": "v"}"#, selection: .only(["a", "key"]))
        #expect(result.rows == [["q\"\\/\u{8}\u{c}\n\r\té😀", "v"]])
    }

    @Test func aBadLineIsRefusedAloneWithItsPlace() {
        let result = ndjson(
            "{\"a\":1}\n{\"a\":}\n{\"a\":\"open\n{\"a\":3}\r\n\n[1]\n{\"a\":4} x\n", selection: .only(["a"]))
        #expect(result.rows == [["1"], ["3"]])
        #expect(result.codes == [.invalidJSON, .invalidJSON, .notAnObject, .invalidJSON])
        #expect(result.rejects.map(\.number) == [2, 3, 5, 6])
        #expect(result.rejects[0].reason == "a value is missing, at byte 6 of the line")
        #expect(result.rejects[1].reason == "the string is not closed, at byte 6 of the line")
        #expect(result.rejects.map(\.byteOffset) == [8, 15, 36, 40])
    }

    @Test(arguments: [
        (#"{"a":1,"a":2}"#, "2"), (#"{"a":"x\n","a":"y"}"#, "y"), (#"{"a":1,"\u0061":2}"#, "2"),
        (#"{"a":1,"a":null}"#, nil), (#"{"a":null,"a":3}"#, "3"),
        (#"{"a":1,"b":[{"a":9}],"a":{"x":1}}"#, #"{"x":1}"#),
    ])
    func ofAMemberNamedTwiceTheLastValueIsTaken(line: String, value: String?) {
        let result = ndjson(line, selection: .only(["a"]))
        #expect(result.rows == [[value]])
        #expect(result.rejects.isEmpty)
    }

    @Test func theLastOfTwoObjectsCountsWithAllThatIsInIt() {
        let result = ndjson(#"{"a":{"b":1,"c":2},"a":{"c":3}}"#, selection: .only(["a.b", "a.c"]))
        #expect(result.rows == [[nil, "3"]])
        #expect(ndjson(#"{"a":{"b":1},"a":2}"#, selection: .only(["a.b", "a"])).rows == [[nil, "2"]])
    }

    @Test func elementsOfArraysAreNamedByTheirNumber() {
        let result = ndjson(
            #"{"items": [{"sku": "x", "tags": ["p", "q"]}, {"sku": "y"}], "n": [1, [2, 3]]}"#,
            selection: .only(["items.0.sku", "items.1.sku", "items.2.sku", "items.0.tags.1", "n.1.0", "n.0", "n"]))
        #expect(result.rows == [["x", "y", nil, "q", "2", "1", "[1, [2, 3]]"]])
    }

    @Test func anInvalidByteRefusesItsLineOnly() {
        let text = Array("{\"a\":\"é\"}\n{\"a\":\"".utf8) + [0xFF] + Array("\"}\n{\"a\":2}\n".utf8)
        let result = try? decode(NDJSONDecoder(), text)
        #expect(result?.rows == [["é"], ["2"]])
        #expect(result?.codes == [.invalidUTF8])
        #expect(result?.rejects.first?.reason == "not valid UTF-8, at byte 7 of the line")
    }

    @Test func aTextWithANULIsRefusedWhereItIsWanted() {
        #expect(ndjson(#"{"a":"x\u0000"}"#).codes == [.nulByte])
        #expect(ndjson(#"{"a":"x\u0000","b":1}"#, selection: .only(["b"])).rows == [["1"]])
    }

    @Test func halfASurrogatePairIsRefused() {
        #expect(ndjson(#"{"a":"\ud83d"}"#).codes == [.invalidJSON])
        #expect(ndjson(#"{"a":"\ude00\ud83d"}"#).codes == [.invalidJSON])
    }

    @Test func depthAndMembersAreLimited() {
        let limits = FormatLimits(fieldsMax: 3, depthMax: 2)
        #expect(ndjson(#"{"a":{"b":1}}"#, limits: limits).rejects.isEmpty)
        #expect(ndjson(#"{"a":{"b":[]}}"#, limits: limits).codes == [.tooDeep])
        #expect(
            ndjson(#"{"a":1,"b":2,"c":3,"d":4}"#, selection: .only(["a"]), limits: limits).codes == [.tooManyFields])
    }

    @Test func aLineLongerThanARecordIsRefusedInConstantMemory() {
        let long = "{\"a\":\"" + String(repeating: "x", count: 5000) + "\"}"
        for chunk in [nil, 1, 64, 5008] as [Int?] {
            let result = ndjson(
                "{\"a\":1}\n\(long)\n{\"a\":2}\n", limits: FormatLimits(recordBytesMax: 100), chunk: chunk)
            #expect(result.rows == [["1"], ["2"]])
            #expect(result.codes == [.recordTooLong])
            #expect(result.numbers == [1, 3])
        }
    }

    @Test func theDeepestNestingIsRefusedNotTrapped() {
        let text = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(JSONText.problem(text)?.code == .tooDeep)
    }

    /// Catches everything that depends on where a chunk ends.
    @Test(arguments: 0..<200)
    func theChunksDoNotMatter(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let parts = [
            "{\"a\":1}\n", "{\"b\":\"x\"}\n", "{\"a\":{\"b\":2}}\r\n", "\n", " \n", "{\"a\":\n", "\"\n", "{}\n",
            "{\"a\":\"é\\n\"}\n",
            "[]\n", "{\"a\":1,\"a\":2}\n", "{\"a\":\"\\\\\"}\n", "{\"c\":\"\(String(repeating: "y", count: 60))\"}\n",
            "\u{1}\n",
            "{\"a\":\"\\", "}", "\"",
        ]
        let text = (0..<Int.random(in: 0..<40, using: &random)).map { _ in parts.randomElement(using: &random)! }
            .joined()
        let limits = FormatLimits(recordBytesMax: 50)
        let whole = ndjson(text, selection: .only(["a", "b", "a.b"]), limits: limits)
        for chunk in [1, 2, 3, 7, 41] {
            let parts = ndjson(text, selection: .only(["a", "b", "a.b"]), limits: limits, chunk: chunk)
            #expect(parts == whole, "seed \(seed), chunks of \(chunk): \(text.debugDescription)")
        }
    }

    /// Never traps, and numbers records without a gap, whatever the bytes.
    @Test(arguments: 0..<300)
    func anyBytesAreReadOrRefused(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed) &+ 77)
        let alphabet = Array("{}[]:,\"\\u0-1.eE+ \n\r\ttruefalsn".utf8) + [0, 0xC3, 0xA9, 0xFF]
        let text = (0..<Int.random(in: 0..<300, using: &random)).map { _ in alphabet.randomElement(using: &random)! }
        guard let decoder = try? NDJSONDecoder() else { return }
        let result = decode(decoder, text, chunk: 37)
        let numbers = (result.numbers + result.rejects.map(\.number)).sorted()
        #expect(numbers == Array(1..<(Int64(result.total) + 1)), "seed \(seed)")
    }
}

import DriftFormats
import Testing

@Suite struct JSONArrayTests {
    @Test func theElementsAreTheRecords() {
        let result = json(
            " [ {\"a\": 1},\n {\"a\": \"x,]\"} , {\"b\": [1, {\"a\": 2}]}\n] \n", selection: .only(["a", "b.1.a"]))
        #expect(result.failure == nil)
        #expect(result.rows == [["1", nil], ["x,]", nil], [nil, "2"]])
        #expect(result.numbers == [1, 2, 3])
        #expect(result.offsets == [3, 14, 29])
        #expect(result.raws.map { String(decoding: $0, as: UTF8.self) }.first == #"{"a": 1}"#)
    }

    @Test(arguments: ["[]", " [ \n ] "]) func anEmptyArrayHasNoRecords(text: String) {
        let result = json(text)
        #expect(result.failure == nil && result.total == 0)
    }

    @Test func aLoneObjectIsOneRecord() {
        #expect(json(" {\"a\": {\"b\": 1}} \n", selection: .only(["a.b"])).rows == [["1"]])
    }

    @Test func aBadElementIsRefusedAloneWithItsPlace() {
        let result = json(#"[{"a":1}, {"a":}, 7, {"a" 2}, {"a":3}]"#, selection: .only(["a"]))
        #expect(result.rows == [["1"], ["3"]])
        #expect(result.codes == [.invalidJSON, .notAnObject, .invalidJSON])
        #expect(result.rejects.map(\.number) == [2, 3, 4])
        #expect(result.rejects.map(\.byteOffset) == [10, 18, 21])
        #expect(result.rejects[0].reason == "a value is missing, at byte 6 of the record")
    }

    @Test(
        arguments: [
            ("", FormatFailure.Code.truncated, 0), ("  ", .truncated, 2), ("[{\"a\":1}", .truncated, 8),
            ("[{\"a\":\"x}]", .truncated, 10), ("[{\"a\":1},]", .invalidJSON, 9), ("[,{}]", .invalidJSON, 1),
            ("[{},,{}]", .invalidJSON, 4), ("[{}] x", .trailingData, 5), ("[{}]]", .trailingData, 4),
            ("{\"a\":1}\n{\"a\":2}\n", .trailingData, 8), ("{\"a\":", .truncated, 5),
        ] as [(String, FormatFailure.Code, Int64)])
    func aBrokenArrayRefusesTheFileWithAPlace(text: String, code: FormatFailure.Code, offset: Int64) {
        for chunk in [nil, 1, 2, 3] as [Int?] {
            let failure = json(text, chunk: chunk).failure
            #expect(failure?.code == code, "\(text) in chunks of \(chunk ?? 0)")
            #expect(failure?.byteOffset == offset, "\(text) in chunks of \(chunk ?? 0)")
        }
    }

    @Test func anElementLongerThanARecordIsRefusedInConstantMemory() {
        let long = "{\"a\":\"" + String(repeating: "[x\\\"", count: 2000) + "\"}"
        for chunk in [nil, 1, 64, 777] as [Int?] {
            let result = json(
                "[{\"a\":1},\(long),{\"a\":2}]", selection: .only(["a"]), limits: FormatLimits(recordBytesMax: 100),
                chunk: chunk)
            #expect(result.failure == nil)
            #expect(result.rows == [["1"], ["2"]])
            #expect(result.codes == [.recordTooLong])
            #expect(result.numbers == [1, 3])
        }
    }

    /// Found by the fuzzer (seed 32988): in pieces, the white space before a long element was taken for its start.
    @Test func anElementThatIsTooLongLiesWhereItsFirstByteIs() {
        let long = "{\"a\":\"" + String(repeating: "x", count: 200) + "\"}"
        for chunk in [nil, 1, 7, 64, 150] as [Int?] {
            let result = json("[{\"a\":1}, \n\(long) ]", limits: FormatLimits(recordBytesMax: 100), chunk: chunk)
            #expect(result.codes == [.recordTooLong])
            #expect(result.rejects.map(\.byteOffset) == [11], "in chunks of \(chunk ?? 0)")
            #expect(result.rejects.map { $0.sample.first } == [UInt8(ascii: "{")])
        }
    }

    @Test func whiteSpaceBeforeAnElementMayBeLongerThanARecord() {
        let blank = String(repeating: " \n", count: 200)
        for chunk in [nil, 1, 64, 777] as [Int?] {
            let limits = FormatLimits(recordBytesMax: 100)
            let result = json("[\(blank){\"a\":1},\(blank){\"a\":2}]", limits: limits, chunk: chunk)
            #expect(result.rows == [["1"], ["2"]])
            #expect(result.offsets == [401, 809])
            let empty = json("[\(blank)]", limits: limits, chunk: chunk)
            #expect(empty.failure == nil && empty.total == 0)
        }
    }

    @Test func anInvalidByteRefusesItsElementOnly() throws {
        let text = Array("[{\"a\":\"é\"},{\"a\":\"".utf8) + [0xFF] + Array("\"},{\"a\":2}]".utf8)
        let result = try decode(JSONArrayDecoder(), text)
        #expect(result.rows == [["é"], ["2"]])
        #expect(result.codes == [.invalidUTF8])
    }

    @Test func nestingWithoutEndIsRefusedNotTrapped() {
        let deep = String(repeating: "[", count: 300_000)
        #expect(json(deep).failure?.code == .truncated)
        let closed = deep + String(repeating: "]", count: 300_000)
        #expect(json("[{\"a\":\(closed)},{\"a\":1}]", selection: .only(["a"])).codes == [.tooDeep])
    }

    /// Catches everything that depends on where a chunk ends.
    @Test(arguments: 0..<200)
    func theChunksDoNotMatter(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed) &+ 9)
        let parts = [
            "{\"a\":1}", "{\"b\":\"x\"}", "{\"a\":{\"b\":2}}", " ", "\n", "{\"a\":}", "{}", "{\"a\":\"é\\n\"}", "7",
            "[]",
            "{\"c\":\"\(String(repeating: "y", count: 60))\"}", "{\"a\":\"\\\\\"}", "{\"a\":\"\\\\\\\"]\"}",
            "\"t\\\"\"",
            "{\"a\":[1,{\"b\":[2]}]}",
        ]
        let elements = (0..<Int.random(in: 0..<30, using: &random)).map { _ in parts.randomElement(using: &random)! }
        let text = "[" + elements.joined(separator: ",") + "]"
        let limits = FormatLimits(recordBytesMax: 50)
        let whole = json(text, selection: .only(["a", "b", "a.b"]), limits: limits)
        for chunk in [1, 2, 3, 7, 41, 64, 65] {
            let parts = json(text, selection: .only(["a", "b", "a.b"]), limits: limits, chunk: chunk)
            // A broken array ends in a failure at the same place; how much was read before depends on the chunks.
            if whole.failure != nil {
                #expect(parts.failure == whole.failure, "seed \(seed), chunks of \(chunk): \(text.debugDescription)")
            } else {
                #expect(parts == whole, "seed \(seed), chunks of \(chunk): \(text.debugDescription)")
            }
        }
    }

    /// An array's elements say the same as lines of their own.
    @Test(arguments: 0..<50)
    func anArrayReadsLikeLines(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed) &+ 1)
        let values = ["1", "\"x\"", "null", "true", "{\"b\":[1,2]}", "[{\"c\":\"]\"}]", "\"\\u00e9\\\\\"", "-1.5e3"]
        let objects = (0..<Int.random(in: 1..<60, using: &random)).map { _ in
            "{" + ["a", "b", "c"].map { "\"\($0)\": \(values.randomElement(using: &random)!)" }.joined(separator: ", ")
                + "}"
        }
        let names = FieldSelection.only(["a", "b", "c", "a.b", "b.0.c"])
        let array = json("[" + objects.joined(separator: ",\n") + "]", selection: names, chunk: 100)
        let lines = ndjson(objects.joined(separator: "\n"), selection: names)
        #expect(array.rows == lines.rows, "seed \(seed)")
        #expect(array.rejects.isEmpty && array.failure == nil, "seed \(seed)")
    }
}

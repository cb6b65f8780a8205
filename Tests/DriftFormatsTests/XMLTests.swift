import DriftFormats
import Testing

@Suite struct XMLTests {
    @Test func attributesAndNestedElementsAreFields() {
        let result = xml(
            """
            <?xml version="1.0"?>
            <orders>
              <order id="7" paid='yes'>
                <customer><name> Ann &amp; Bob </name><address city="York"/></customer>
                <note><![CDATA[1 < 2 & 3]]></note>
                <empty/>
              </order>
              <order id="8"><customer><name>C&#x142;</name></customer></order>
            </orders>
            """, record: "order",
            selection: .only(["@id", "customer.name", "customer.address.@city", "note", "empty", "@paid"]))
        #expect(result.failure == nil)
        #expect(
            result.rows == [
                ["7", "Ann & Bob", "York", "1 < 2 & 3", "", "yes"], ["8", "Cł", nil, nil, nil, nil],
            ])
        #expect(result.numbers == [1, 2])
        #expect(result.offsets == [33, 200])
    }

    @Test func withoutANameTheChildrenOfTheRootAreRecords() {
        let result = xml("<r><a><x>1</x></a><b><x>2</x></b></r>", selection: .only(["x"]))
        #expect(result.rows == [["1"], ["2"]])
    }

    @Test func everyMemberIsFoundWithoutASelection() {
        let result = xml(#"<r><a k="1"><x>2</x><y><z>3</z></y></a></r>"#)
        #expect(result.names == ["@k", "x", "y.z"])
        #expect(result.rows == [["1", "2", "3"]])
    }

    @Test func namespacesAreReadByLocalNames() {
        let result = xml(
            #"<s:orders xmlns:s="urn:shop" xmlns="urn:x"><s:order s:id="1"><total>5</total></s:order></s:orders>"#,
            record: "s:order", selection: .only(["@id", "total"]))
        #expect(result.rows == [["1", "5"]])
    }

    @Test func ofSeveralElementsEachHasItsNumber() {
        let text = "<r><o><i><s>x</s></i><i><s>y</s></i><i/></o></r>"
        let result = xml(text, selection: .only(["i.s", "i.0.s", "i.1.s", "i.2.s", "i.2"]))
        #expect(result.rows == [["x", "x", "y", nil, ""]])
    }

    @Test func aNilElementIsMissing() {
        let text = #"<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><o><a xsi:nil="true"/><b/></o></r>"#
        #expect(xml(text, selection: .only(["a", "b"])).rows == [[nil, ""]])
    }

    @Test func aRecordInsideARecordBelongsToTheOuterOne() {
        let result = xml("<r><o><o><a>1</a></o><a>2</a></o></r>", record: "o", selection: .only(["a", "o.a"]))
        #expect(result.rows == [["2", "1"]])
    }

    // MARK: What is refused

    @Test func declaredEntitiesAreRefusedBeforeTheyGrow() {
        let laughs = (1..<10).map { "<!ENTITY l\($0) \"\(String(repeating: "&l\($0 - 1);", count: 10))\">" }.joined()
        let result = xml("<!DOCTYPE r [<!ENTITY l0 \"lol\">\(laughs)]><r><o>&l9;</o></r>")
        #expect(result.failure?.code == .documentType)
        #expect(result.failure?.byteOffset == 12)
        #expect(
            xml("<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><r><o>&x;</o></r>").failure?.code
                == .documentType)
    }

    @Test func aNamedDocumentTypeIsNotFetchedAndItsEntitiesAreUnknown() {
        let result = xml(
            "<!DOCTYPE r SYSTEM \"http://127.0.0.1:9/r.dtd\"><r><o><a>1</a></o><o><a>&x;</a></o></r>",
            selection: .only(["a"]))
        #expect(result.rows == [["1"]])
        #expect(result.codes == [.unknownEntity])
        #expect(result.rejects.first?.number == 2)
    }

    @Test(arguments: [
        ("", FormatFailure.Code.truncated), ("<r><o>", .truncated), ("<r><o></r>", .invalidXML),
        ("<r><o a=1/></r>", .invalidXML), ("<r/><r/>", .invalidXML), ("<r>&x;</r>", .invalidXML),
        ("<r><p:o/></r>", .invalidXML), ("plain", .invalidXML), ("<r><![CDATA[", .truncated), ("<r", .truncated),
    ])
    func whatIsNotWellFormedRefusesTheFileWithAPlace(text: String, code: FormatFailure.Code) {
        for chunk in [nil, 1, 3] as [Int?] {
            let failure = xml(text, chunk: chunk).failure
            #expect(failure?.code == code, "\(text)")
            #expect(failure?.reason.contains("(line 1, column ") == true, "\(text)")
        }
    }

    @Test func aRecordElementThatNeverComesIsAMistake() {
        let failure = xml("<orders><Order/></orders>", record: "order").failure
        #expect(failure?.code == .noRecordElement)
        #expect(failure?.reason.contains("'Order'") == true)
        #expect(xml("<orders/>", record: "order").failure == nil)
    }

    @Test func aRecordThatIsTooLongTooDeepOrTooWideIsRefusedAlone() {
        let long = "<o><a>" + String(repeating: "x", count: 500) + "</a></o>"
        let deep = "<o>" + String(repeating: "<d>", count: 20) + String(repeating: "</d>", count: 20) + "</o>"
        let wide = "<o>" + String(repeating: "<w/>", count: 20) + "</o>"
        let limits = FormatLimits(recordBytesMax: 200, fieldsMax: 15, depthMax: 10)
        for chunk in [nil, 1, 7, 100] as [Int?] {
            let result = xml(
                "<r><o><a>1</a></o>\(long)\(deep)\(wide)<o><a>2</a></o></r>", selection: .only(["a"]), limits: limits,
                chunk: chunk)
            #expect(result.rows == [["1"], ["2"]])
            #expect(result.codes == [.recordTooLong, .tooDeep, .tooManyFields])
            #expect(result.numbers == [1, 5])
        }
    }

    @Test func anAttributeWithoutEndIsRefusedInBoundedMemory() {
        let result = xml(
            "<r><o a=\"" + String(repeating: "x", count: 20 << 20) + "\"/></r>",
            limits: FormatLimits(recordBytesMax: 1 << 16), chunk: 1 << 18)
        #expect(result.failure?.code == .recordTooLong)
        #expect(result.failure?.byteOffset == 3)
    }

    @Test func nestingWithoutEndIsRefusedInBoundedMemory() {
        let result = xml(String(repeating: "<a>", count: 1_000_000), chunk: 1 << 18)
        #expect(result.failure?.code == .tooDeep)
    }

    @Test func namesWithoutEndAreRefusedInBoundedMemory() {
        let names = (0..<400_000).map { "<o><n\($0)/></o>" }.joined()
        let result = xml("<r>\(names)</r>", selection: .only(["a"]), chunk: 1 << 18)
        #expect(result.failure?.code == .recordTooLong)
    }

    // MARK: Chunks

    @Test(arguments: 0..<100)
    func theChunksDoNotMatter(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed) &+ 3)
        let parts = [
            "<o><a>1</a></o>", "<o a='x&lt;y'/>", "<o><a>é<b/>ü</a></o>", "<!-- c --> ", "\r\n", "<?p i?>",
            "<o><a><![CDATA[]]]]></a><b>2</b></o>", "<o>\(String(repeating: "<b>z</b>", count: 40))</o>", "<p/>",
        ]
        let text =
            "<r>"
            + (0..<Int.random(in: 0..<30, using: &random)).map { _ in parts.randomElement(using: &random)! }.joined()
            + "</r>"
        let limits = FormatLimits(recordBytesMax: 150)
        let whole = xml(text, record: "o", selection: .only(["a", "b", "@a"]), limits: limits)
        for chunk in [1, 2, 3, 7, 41] {
            let parts = xml(text, record: "o", selection: .only(["a", "b", "@a"]), limits: limits, chunk: chunk)
            #expect(parts == whole, "seed \(seed), chunks of \(chunk): \(text.debugDescription)")
        }
    }
}

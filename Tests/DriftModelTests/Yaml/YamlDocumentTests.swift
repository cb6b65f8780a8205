import DriftModel
import Testing

@Suite struct YamlDocuments {
    @Test func anEmptyFileIsAnError() {
        #expect(problems("") == ["f: error: the file is empty"])
        #expect(problems("# only a comment\n") == ["f: error: the file is empty"])
    }

    @Test func aByteOrderMarkIsSkipped() {
        #expect(problems("\u{FEFF}a: 1\na: 2") == problems("a: 1\na: 2"))
    }

    @Test func duplicateKeysAreAllReportedWhereTheyStand() {
        let text = """
            a: {x: 1, 'y': 2, "x": 3, y: {x: 1}}
            b:
              - {k: 1}
              - k: 1
                l: 2
                k: 3
            "a": 5
            """
        #expect(
            problems(text) == [
                "f:1:19: error: duplicate key 'x' (it stands on line 1 already; each key may stand once)",
                "f:1:27: error: duplicate key 'y' (it stands on line 1 already; each key may stand once)",
                "f:6:5: error: duplicate key 'k' (it stands on line 4 already; each key may stand once)",
                "f:7:1: error: duplicate key 'a' (it stands on line 1 already; each key may stand once)",
            ])
    }

    @Test func whatFollowsADuplicateKeyIsStillRead() throws {
        let root = try #require(YamlDocument.parse("a: 1\na: 2\nb: 3", file: "f").root)
        guard case .mapping(let pairs) = root.content else {
            Issue.record("no mapping")
            return
        }
        #expect(pairs.map(\.key.rawText) == ["a", "b"])
        #expect(pairs.map(\.value.scalar) == [.number(1), .number(3)])
    }

    @Test func aTabInTheIndentationIsNamed() {
        #expect(
            problems("a:\n\tb: 1") == [
                "f:2:1: error: not valid YAML: found character that cannot start any token "
                    + "(indent with spaces, YAML forbids tabs)"
            ])
    }

    @Test func whatIsLeftOpenIsNamedWithItsLine() {
        #expect(
            problems("a: 1\nb: [1, 2\nc: 3") == [
                "f:3:2: error: not valid YAML: did not find expected ',' or ']' "
                    + "(while parsing a flow sequence, which begins on line 2)"
            ])
    }

    @Test func aSecondDocumentIsAnError() {
        #expect(problems("a: 1\n---\nb: 2").first?.hasPrefix("f:2:1: error: not valid YAML") == true)
    }

    @Test func unknownTagsAreErrors() {
        #expect(
            problems("a: !secret x") == [
                "f:1:4: error: the tag !secret is not understood here (write the value without it)"
            ])
    }

    @Test func aliasesCannotMultiplyWithoutEnd() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            text +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        #expect(problems(text).count == 1)
        #expect(problems(text)[0].contains("aliases multiply it beyond reason"))
    }

    @Test(arguments: [200, 5_000]) func deepNestingIsRefused(_ depth: Int) {
        let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(problems(text).count == 1)
    }

    @Test func controlCharactersAreRefused() {
        #expect(
            problems("a: 1\nb: x\u{1}y") == [
                "f:2:5: error: not valid YAML: control characters are not allowed (the file must be UTF-8 text)"
            ])
    }

    private func problems(_ text: String) -> [String] {
        YamlDocument.parse(text, file: "f").errors.map(\.description)
    }
}

@Suite struct PositionsInScalars {
    @Test(arguments: [
        ("plain", "k: ab + cd", 1, 9), ("single quotes", "k: 'ab + cd'", 1, 10),
        ("double quotes", "k: \"ab + cd\"", 1, 10), ("doubled quotes before", "k: 'a''+ cd'", 1, 10),
        ("escapes before", #"k: "\x61\u0062 + cd""#, 1, 18), ("an anchor before", "k: &n ab + cd", 1, 12),
        ("folded plain lines", "k: ab\n  +\n  cd", 3, 3), ("folded quoted lines", "k: 'ab\n  +\n\n   cd'", 4, 4),
        ("an escaped line break", "k: \"ab\\\n    + cd\"", 2, 7), ("a literal block", "k: |\n  ab\n   + cd", 3, 6),
        ("a folded block", "k: >-\n  ab\n  +\n\n  cd", 5, 3),
    ])
    func everyStyleOfScalarIsMappedBack(_ name: String, _ text: String, _ line: Int, _ column: Int) throws {
        guard case .mapping(let pairs) = YamlDocument.parse(text, file: "f").root?.content else {
            Issue.record("no mapping in \(name)")
            return
        }
        let positioned = try #require(pairs[0].value.positioned(file: "f"))
        let scalars = Array(positioned.text.unicodeScalars)
        let offset = try #require(scalars.indices.first { scalars[$0] == "c" })
        let place = positioned.position(atOffset: offset)
        #expect(place.line == line && place.column == column, "\(name): \(place) in \(positioned.anchors)")
    }

    @Test func anErrorOfTheCompilerGetsItsPlaceInTheFile() {
        let text = PositionedText("a + b", file: "f", line: 7, column: 12)
        let error = ExpressionError(offset: 4, length: 1, message: "no", hint: "so")
        #expect(text.diagnostic(error).description == "f:7:16: error: no (so)")
    }
}

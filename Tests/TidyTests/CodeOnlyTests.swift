import Testing

@Suite struct CodeOnlyTests {
    @Test func commentsAndTextsAreBlank() {
        let source = """
            let a = "print(1)" // print(2)
            /* print(3)
               /* print(4) */ print(5) */ let b = #"x"y"#
            let c = "\\"print(6)"
            """
        #expect(
            CodeOnly.lines(of: source) == [
                "let a = \"\" ", "", "  let b = \"\"".replacing("  ", with: " "), "let c = \"\"",
            ])
    }

    @Test func linesStayWhereTheyAre() {
        let source = "a\n\"\"\"\nb\n\"\"\"\nc"
        #expect(CodeOnly.lines(of: source) == ["a", "\"", "", "\"", "c"])
    }

    @Test func scopedImportsAreTold() {
        let file = SourceFile(
            path: "Sources/A/b.swift", lines: [],
            code: ["public import X", "import func Glibc.log", "@testable import Y", "important()"])
        #expect(file.imports.map(\.module) == ["X", "Glibc", "Y"])
        #expect(file.imports.map(\.isScoped) == [false, true, false])
    }
}

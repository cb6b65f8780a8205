import DriftModel
import Testing

@Suite struct ExpressionBasicsTests {
    static let inputs = [
        TestInput("recency", .number, .number(10)), TestInput("monetary", .number, .number(600)),
        TestInput("missing", .number, .null), TestInput("country", .text, .text("United Kingdom")),
        TestInput("signed", .date, .date(20_484)), TestInput("active", .boolean, .boolean(true)),
    ]

    @Test(arguments: [
        ("recency <= 30 AND monetary >= 500", Value.boolean(true)),
        ("recency > 30 AND missing > 1", .boolean(false)),
        ("recency < 30 AND missing > 1", .null),
        ("recency < 30 OR missing > 1", .boolean(true)),
        ("NOT missing > 1", .null),
        ("recency BETWEEN 10 AND 10", .boolean(true)),
        ("recency NOT BETWEEN missing AND 9", .boolean(true)),
        ("recency IN (1, missing, 10)", .boolean(true)),
        ("recency IN (1, missing)", .null),
        ("recency NOT IN ()", .boolean(true)),
        ("missing IS NULL AND recency IS NOT NULL", .boolean(true)),
        ("missing IS NOT DISTINCT FROM NULL", .boolean(true)),
        ("(missing > 1) IS NOT TRUE", .boolean(true)),
        ("active IS TRUE", .boolean(true)),
        ("country LIKE 'united%' AND country <> 'united kingdom'", .boolean(true)),
        ("CASE recency WHEN 10 THEN 'ten' END", .text("ten")),
        ("CASE WHEN recency > 10 THEN 1 END", .null),
        ("coalesce(missing, nullif(recency, 10), monetary)", .number(600)),
        ("recency / 0", .null),
        ("1e308 * 10", .null),
        ("-7.9 % 2.9", .number(-1)),
        ("mod(-7.5, 2)", .number(-1.5)),
        ("signed - DATE '2026-01-01'", .number(30)),
        ("weekday(DATE '2026-01-26')", .number(1)),
        ("upper(substr(country, -7)) || '!'", .text("KINGDOM!")),
        ("CAST(1.0 AS TEXT)", .text("1.0")),
        ("'it''s' -- a comment\n || /* another */ ' fine'", .text("it's fine")),
    ])
    func theValueOfAnExpression(text: String, expected: Value) throws {
        #expect(try evaluate(text, Self.inputs) == expected)
    }

    @Test func comparisonsNameSubjectAndLimitOnWhicheverSide() throws {
        let compiled = try CompiledExpression.of("30 >= recency OR (monetary  BETWEEN 1 AND 5)", Self.inputs)
        #expect(compiled.comparisons.map(\.text) == ["30 >= recency", "monetary BETWEEN 1 AND 5"])
        #expect(compiled.comparisons.map(\.subjectText) == ["recency", "monetary"])
        #expect(compiled.comparisons.map(\.limitText) == ["30", "1 and 5"])
        #expect(compiled.comparisons.map(\.subjectFeature) == [0, 1])
        #expect(compiled.comparisons.map { $0.limit == nil } == [false, true])
    }

    @Test func anOpenSchemaLearnsTheFieldsItMeets() throws {
        var schema = ExpressionSchema(inputs: [], open: true, inputNoun: "field")
        _ = try ExpressionCompiler.compile("number(\"a.b\") * number(Qty)", schema: &schema)
        #expect(schema.inputs.map(\.name) == ["a.b", "Qty"])
    }

    @Test func textsThatCannotBeReadAreCounted() throws {
        let compiled = try CompiledExpression.of("coalesce(number(Qty), 1)", open: true)
        var evaluator = Evaluator()
        let packed = PackedInputs([.text("many")])
        let cell = evaluator.evaluate(compiled.program, inputs: packed.cells.span, bytes: packed.bytes.span)
        #expect(cell == .number(1))
        #expect(evaluator.unreadable == 1)
    }
}

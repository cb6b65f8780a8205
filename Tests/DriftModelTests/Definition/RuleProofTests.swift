@testable import DriftModel
import Testing

/// What intervals prove about a segment set, and what they must not claim.
@Suite struct RuleProofs {
    private static let head = """
        model: m
        events: {p: {fields: {v: number}}, profile: {sets: [country, income, birth]}}
        attributes: {country: text, income: number, birth: date}
        features:
          n: {count: p}
          r: {days_since: last, of: p}
          s: {sum: v, of: p, over: 30d}
          d: {active_days: p, over: 10d}
          c: {attribute: country}
          i: {attribute: income}
          a: {years_since: birth}
          x: {expr: "iif(n > 3, 1, 0)"}
        scores:
          b: {bands: r, cuts: [7, 30], descending: true}
        """

    /// The complaints about segments `s0`, `s1`, … with these rules and `z`, each on a line of its own from 19 on.
    private func found(_ rules: [String], population: String? = nil) -> [String] {
        var lines = [Self.head]
        lines.append(population.map { "population: {customer: \"\($0)\"}" } ?? "title: t")
        lines.append("segmentations:\n  g:\n    segments:")
        for (index, rule) in rules.enumerated() {
            lines.append("      - {id: s\(index), \(rule.contains(":") ? rule : "when: \"\(rule)\"")}")
        }
        lines.append("      - {id: z, otherwise: true}")
        return complaints(lines.joined(separator: "\n")).filter {
            $0.contains("reach") || $0.contains("never") || $0.contains("nobody") || $0.contains("stay")
                || $0.contains("hair")
        }
    }

    @Test(arguments: [
        "n < 0", "n > 3 AND n < 4", "r > 5 AND r < 3", "r IS NULL AND r > 3", "s > 10 AND NOT s > 5", "d > 10",
        "b = 4", "b >= 2 AND r > 30", "x = 1 AND n < 2", "c = 'de' AND c = 'fr'", "c IN ('de', 'fr') AND c IS NULL",
        "a BETWEEN 10 AND 5", "a > 3.2 AND a < 3.9", "i IS NULL AND i IS NOT NULL",
    ])
    func whatNoValuesFulfilIsAnError(_ rule: String) {
        #expect(found([rule]) == ["m.yaml:19:9: error: segment 's0' is never true: no values fulfil \(rule)"])
    }

    @Test(arguments: [
        (["r <= 30", "r <= 7"], "s1"), (["n >= 1", "n > 4 AND s > 0"], "s1"), (["n <> 2", "n > 2"], "s1"),
        (["NOT (r > 30)", "r < 20 AND i > 5"], "s1"), (["c IN ('de', 'fr')", "c = 'fr' AND n > 1"], "s1"),
        (["b >= 2", "r <= 30 AND n > 0"], "s1"), (["coalesce(r, 0) < 10", "r IS NULL"], "s1"),
    ])
    func whatAnEarlierRuleImpliesIsAnError(_ rules: [String], _ id: String) {
        #expect(
            found(rules) == [
                "m.yaml:20:9: error: segment '\(id)' cannot be reached: whoever it takes, 's0' takes first "
                    + "('s0' on line 19 comes earlier and asks no more; change the order or the rule)"
            ])
    }

    @Test func rulesThatTogetherLeaveNobodyAreNamed() {
        #expect(
            found(["r < 30", "i > 5", "r > 20", "r IS NOT NULL AND i < 0"]) == [
                "m.yaml:22:9: error: segment 's3' cannot be reached: whoever it takes, 's0' and 's2' together take "
                    + "first (change the order or the rule)"
            ])
    }

    @Test func othersMayBeNobodyWithAWarning() {
        #expect(
            found(["n >= 5", "n < 5"]) == [
                "m.yaml:21:9: warning: nobody is left for segment 'z': 's0' and 's1' together take everybody "
                    + "(make the last of them 'otherwise: true')"
            ])
        #expect(
            found(["n >= 0"]) == [
                "m.yaml:20:9: error: segment 'z' cannot be reached: 's0' takes everybody "
                    + "('s0' on line 19 comes earlier and asks no more; change the order or the rule)"
            ])
    }

    @Test func thePopulationIsPartOfEveryRule() {
        #expect(
            found(["n = 0"], population: "n >= 1") == [
                "m.yaml:19:9: error: segment 's0' is never true: nobody who fulfils its 'when' is a customer "
                    + "(see population: n >= 1)"
            ])
    }

    @Test func aStayThatHoldsOnlyWhereWhenDoesIsAWarning() {
        #expect(
            found(["when: r <= 30, stay: r <= 20"]) == [
                "m.yaml:19:9: warning: 'stay' of segment 's0' is narrower than its 'when' and has no effect "
                    + "('stay' should hold a little longer than 'when', or be left out)"
            ])
        #expect(found(["when: r <= 30, stay: r <= 45"]).isEmpty)
    }

    @Test func rulesAHairApartAreAWarning() {
        #expect(
            found(["s >= 100 AND n > 2", "s >= 99 AND n > 2"]).first
                == "m.yaml:20:9: warning: segments 's0' and 's1' differ only by a hair: s >= 99 AND n > 2 "
                + "(the other one is on line 19; few customers lie between; merge them)")
        #expect(found(["r <= 30", "r <= 45"]).isEmpty)
    }

    /// What looks suspicious and is not.
    @Test(arguments: [
        ["r <= 7", "r <= 30"], ["n > 3 AND n <= 4"], ["r <= 30", "r IS NULL"], ["i > 5", "i <= 5"],
        ["c = 'de'", "c IN ('de', 'fr')", "c <> 'fr'"], ["c LIKE 'd%'", "c = 'de' AND n > 1"],
        ["a > 3 AND a < 5"], ["s > 0.5", "s > 0.25"], ["i / n > 2", "i / n > 1"], ["n - d > 0", "n > d AND r < 3"],
        ["b >= 2", "b >= 1"], ["c || 'x' = 'dex'"], ["r + n > 5 AND r < 2 AND n < 5.5"],
    ])
    func whatCanHappenIsNeverCalledImpossible(_ rules: [String]) {
        #expect(found(rules).isEmpty)
    }

    /// Random rules over random values: whoever a proof excludes must not exist.
    @Test func noValuesContradictAProof() throws {
        let model = try ModelLoader.load(
            text: Self.head + "\nsegmentations: {g: {segments: [{id: z, otherwise: true}]}}", file: "m.yaml",
            zones: { _ in .utc }
        ).model
        let proof = RuleProof(features: model.features, grain: .day)
        var (proven, checked) = (0, 0)
        for seed in UInt64(1)...400 {
            var random = SplitMix64(seed: seed)
            func atom() -> String {
                let limit = random.pick(["0", "1", "2", "3", "4", "5"])
                let comparison = random.pick(["<", "<=", ">", ">=", "=", "<>"])
                return random.pick([
                    "n \(comparison) \(limit)", "r \(comparison) \(limit)", "s \(comparison) \(limit)",
                    "i \(comparison) \(limit)", "i IS NULL", "c = 'de'", "c <> 'fr'", "n + i > \(limit)",
                ])
            }
            func rule() -> String {
                random.pick(["\(atom()) AND \(atom())", "\(atom()) OR \(atom())", "NOT (\(atom()))", atom()])
            }
            let conditions = try (0..<3).map { _ in try condition(rule(), model) }
            let isImpossible = proof.isImpossible([conditions[0]], without: Array(conditions.dropFirst()))
            if isImpossible { proven += 1 }
            for _ in 0..<200 where isImpossible {
                checked += 1
                let row = values(&random, model)
                var evaluator = Evaluator()
                let truths = conditions.map {
                    evaluator.evaluate($0.program, inputs: row.cells.span, bytes: row.text.span).isTrue
                }
                #expect(!truths[0] || truths[1] || truths[2], "seed \(seed)")
            }
        }
        #expect(proven > 20)
        print("rule proofs: \(proven) of 400 proven, \(checked) rows agree")
    }

    private func condition(_ text: String, _ model: Model) throws -> Condition {
        var schema = ExpressionSchema(
            inputs: model.features.map { ExpressionSchema.Input(name: $0.name, type: $0.type) })
        let compiled = try ExpressionCompiler.compile(text, schema: &schema, expecting: .boolean)
        return Condition(
            text: text, program: compiled.program, inputs: compiled.inputs, comparisons: compiled.comparisons,
            canonical: compiled.canonical)
    }

    private func values(_ random: inout SplitMix64, _ model: Model) -> (cells: [Cell], text: [UInt8]) {
        var text: [UInt8] = []
        let cells = model.features.map { feature -> Cell in
            let isCount = ["n", "d"].contains(feature.name)
            if !isCount, feature.name != "s", random.chance(20) { return .null }
            if feature.type == .text {
                let string = random.pick(["de", "fr", "it", ""])
                text += Array(string.utf8)
                return .text(offset: text.count - string.utf8.count, count: string.utf8.count)
            }
            let whole = Double(random.below(7))
            return .number(isCount || feature.name == "r" ? whole : whole - random.pick([0, 0.5, 1]))
        }
        return (cells, text)
    }
}

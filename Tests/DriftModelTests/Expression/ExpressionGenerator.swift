import DriftModel

/// The same expression for us and for SQLite.
struct Twin {
    var ours: String
    var sqlite: String

    init(_ both: String) {
        ours = both
        sqlite = both
    }

    init(_ ours: String, _ sqlite: String) {
        self.ours = ours
        self.sqlite = sqlite
    }
}

/// Random typed expressions. Operands stand in parentheses or bare, so that precedence is exercised: a bare one
/// may regroup into something that has no type, which the tests leave out.
struct ExpressionGenerator {
    enum Kind: CaseIterable { case number, text, boolean, date }

    var random: SplitMix64
    /// Names of inputs per type.
    var numbers = ["n0", "n1", "n2"]
    var texts = ["t0", "t1"]
    var booleans = ["b0", "b1"]
    var dates: [String] = []
    /// Whether SQLite has sqrt and friends; without, they are not generated.
    var hasMath = true
    /// Large values and functions that overflow; arithmetic then stands in NULLIF for SQLite, which knows ∞.
    var isLarge = false

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    mutating func expression(_ kind: Kind, depth: Int) -> Twin {
        switch kind {
        case .number: number(depth)
        case .text: text(depth)
        case .boolean: boolean(depth)
        case .date: date(depth)
        }
    }

    // MARK: Pieces

    private mutating func call(_ name: String, _ arguments: [Twin], sqlite: String? = nil) -> Twin {
        Twin(
            "\(name)(\(arguments.map(\.ours).joined(separator: ", ")))",
            "\(sqlite ?? name)(\(arguments.map(\.sqlite).joined(separator: ", ")))")
    }

    private mutating func operand(_ twin: Twin) -> Twin {
        random.chance(60) ? Twin("(\(twin.ours))", "(\(twin.sqlite))") : twin
    }

    private mutating func infix(_ left: Twin, _ symbol: String, _ right: Twin) -> Twin {
        let (left, right) = (operand(left), operand(right))
        return Twin("\(left.ours) \(symbol) \(right.ours)", "\(left.sqlite) \(symbol) \(right.sqlite)")
    }

    /// What SQLite gives as INTEGER, as REAL.
    private func real(_ twin: Twin) -> Twin { Twin(twin.ours, "CAST(\(twin.sqlite) AS REAL)") }

    private func finite(_ twin: Twin) -> Twin {
        isLarge ? Twin("(\(twin.ours))", "nullif(nullif(\(twin.sqlite), 9e999), -9e999)") : twin
    }

    private mutating func conditional(_ depth: Int, _ make: (inout ExpressionGenerator) -> Twin) -> Twin {
        var ours = "CASE"
        var sqlite = "CASE"
        let simple = random.chance(40)
        if simple {
            let base = number(depth - 1)
            ours += " \(base.ours)"
            sqlite += " \(base.sqlite)"
        }
        for _ in 0...random.below(3) {
            let when = simple ? number(depth - 1) : boolean(depth - 1)
            let then = make(&self)
            ours += " WHEN \(when.ours) THEN \(then.ours)"
            sqlite += " WHEN \(when.sqlite) THEN \(then.sqlite)"
        }
        if random.chance(70) {
            let otherwise = make(&self)
            ours += " ELSE \(otherwise.ours)"
            sqlite += " ELSE \(otherwise.sqlite)"
        }
        return Twin(ours + " END", sqlite + " END")
    }

    /// Forms that every type has.
    private mutating func general(_ kind: Kind, _ depth: Int) -> Twin {
        let (left, right) = (expression(kind, depth: depth - 1), expression(kind, depth: depth - 1))
        switch random.below(6) {
        case 0: return conditional(depth) { $0.expression(kind, depth: depth - 1) }
        case 1: return call("coalesce", [left, right, expression(kind, depth: depth - 1)])
        case 2: return call("ifnull", [left, right])
        case 3: return call("nullif", [left, right])
        case 4: return call("iif", [boolean(depth - 1), left, right])
        default:
            let least = random.chance(50)
            return call(least ? "least" : "greatest", [left, right], sqlite: least ? "min" : "max")
        }
    }

    // MARK: Numbers

    private mutating func literal() -> String {
        switch random.below(isLarge ? 12 : 8) {
        case 0: return "0.0"
        case 1: return "1.0"
        case 2, 3: return "\(random.below(20)).0"
        case 4: return "\(random.below(1_000)).\(random.below(1_000))"
        case 5: return "0.\(random.below(100))"
        case 6: return "\(random.below(10)).5"
        case 7: return "\(random.below(100_000)).25"
        // Powers that SQLite's own parser reads as the nearest double, as ours always does.
        case 8: return "1e\(random.pick([9, 16, 22, 55, 100, 200, 235, 300]))"
        case 9: return "\(random.next() >> 12).0"
        case 10: return "9223372036854775808.0"
        default: return "\(random.below(1_000_000_000))e-\(random.below(40))"
        }
    }

    mutating func number(_ depth: Int) -> Twin {
        if depth <= 0 || random.chance(10) {
            if random.chance(6) { return Twin("NULL") }
            return random.chance(45) ? Twin(random.pick(numbers)) : Twin(literal())
        }
        switch random.below(hasMath ? 20 : 14) {
        case 0, 1: return finite(infix(number(depth - 1), random.pick(["+", "-"]), number(depth - 1)))
        case 2, 3: return finite(infix(number(depth - 1), random.pick(["*", "/"]), number(depth - 1)))
        case 4: return infix(number(depth - 1), "%", number(depth - 1))
        case 5:
            let inner = operand(number(depth - 1))
            return Twin("- \(inner.ours)", "- \(inner.sqlite)")
        case 6: return call("abs", [number(depth - 1)])
        case 7:
            let digits = random.chance(40) ? [] : [Twin("\(random.below(9) - 1).0")]
            return call("round", [number(depth - 1)] + digits)
        case 8: return real(call("length", [text(depth - 1)]))
        case 9: return real(call("instr", [text(depth - 1), text(depth - 1)]))
        case 10: return finite(cast(text(depth - 1), "REAL"))
        case 11: return real(cast(random.chance(50) ? text(depth - 1) : number(depth - 1), "INTEGER"))
        case 12: return real(cast(boolean(depth - 1), "INTEGER"))
        case 13: return general(.number, depth)
        case 14: return call(random.pick(["floor", "ceil"]), [number(depth - 1)])
        case 15: return real(call("sign", [number(depth - 1)]))
        case 16: return call("sqrt", [number(depth - 1)])
        case 17: return call("mod", [number(depth - 1), number(depth - 1)])
        case 18: return call(random.pick(["ln", "log10"]), [number(depth - 1)])
        default:
            if !isLarge { return call("sqrt", [call("abs", [number(depth - 1)])]) }
            let exponential = random.chance(50)
            return finite(
                exponential
                    ? call("exp", [number(depth - 1)]) : call("power", [number(depth - 1), number(depth - 1)]))
        }
    }

    private func cast(_ twin: Twin, _ type: String) -> Twin {
        Twin("CAST(\(twin.ours) AS \(type))", "CAST(\(twin.sqlite) AS \(type))")
    }

    // MARK: Texts

    private static let words = [
        "", "a", "A", "abc", "ABC", "Abc", "aBcabc", " x ", "  ", "12", "-7.5", "1e3", "12abc", "é", "Ωmega", "žluť",
        "100%", "a_c", "it''s", ".5", "+3", "0x10", "naïve café", "日本語",
    ]

    mutating func text(_ depth: Int) -> Twin {
        if depth <= 0 || random.chance(10) {
            if random.chance(6) { return Twin("NULL") }
            return random.chance(40) ? Twin(random.pick(texts)) : Twin("'\(random.pick(Self.words))'")
        }
        switch random.below(8) {
        case 0, 1: return infix(text(depth - 1), "||", text(depth - 1))
        case 2: return call(random.pick(["lower", "upper"]), [text(depth - 1)])
        case 3:
            let set = random.chance(50) ? [] : [text(depth - 2)]
            return call(random.pick(["trim", "ltrim", "rtrim"]), [text(depth - 1)] + set)
        case 4:
            let count = random.chance(40) ? [] : [place()]
            return call("substr", [text(depth - 1), place()] + count)
        case 5: return call("replace", [text(depth - 1), text(depth - 2), text(depth - 2)])
        case 6: return cast(number(depth - 1), "TEXT")
        default: return general(.text, depth)
        }
    }

    private mutating func place() -> Twin { Twin("\(random.below(12) - 5).\(random.pick(["0", "5", "9"]))") }

    // MARK: Conditions

    mutating func boolean(_ depth: Int) -> Twin {
        if depth <= 0 || random.chance(8) {
            if random.chance(10) { return Twin("NULL") }
            return random.chance(60) ? Twin(random.pick(booleans)) : Twin(random.pick(["TRUE", "FALSE"]))
        }
        switch random.below(10) {
        case 0, 1: return infix(boolean(depth - 1), random.pick(["AND", "OR"]), boolean(depth - 1))
        case 2:
            let inner = operand(boolean(depth - 1))
            return Twin("NOT \(inner.ours)", "NOT \(inner.sqlite)")
        case 3, 4: return comparison(depth)
        case 5: return between(depth)
        case 6: return inList(depth)
        case 7: return like(depth)
        case 8: return identity(depth)
        default: return general(.boolean, depth)
        }
    }

    private mutating func comparable(_ depth: Int) -> [Twin] {
        var kinds: [Kind] = [.number, .number, .text, .boolean]
        if !dates.isEmpty { kinds += [.date, .date] }
        let kind = random.pick(kinds)
        return (0..<3).map { _ in expression(kind, depth: depth - 1) }
    }

    private mutating func comparison(_ depth: Int) -> Twin {
        let sides = comparable(depth)
        return infix(sides[0], random.pick(["=", "==", "<>", "!=", "<", "<=", ">", ">="]), sides[1])
    }

    private mutating func between(_ depth: Int) -> Twin {
        let parts = comparable(depth).map { operand($0) }
        let not = random.chance(30) ? "NOT " : ""
        return Twin(
            "\(parts[0].ours) \(not)BETWEEN \(parts[1].ours) AND \(parts[2].ours)",
            "\(parts[0].sqlite) \(not)BETWEEN \(parts[1].sqlite) AND \(parts[2].sqlite)")
    }

    private mutating func inList(_ depth: Int) -> Twin {
        let parts = comparable(depth)
        let subject = operand(parts[0])
        let items = parts.dropFirst().prefix(random.below(3))
        let not = random.chance(30) ? "NOT " : ""
        return Twin(
            "\(subject.ours) \(not)IN (\(items.map(\.ours).joined(separator: ", ")))",
            "\(subject.sqlite) \(not)IN (\(items.map(\.sqlite).joined(separator: ", ")))")
    }

    private mutating func like(_ depth: Int) -> Twin {
        let subject = operand(text(depth - 1))
        let pattern = random.pick(["%", "a%", "%c", "_b_", "%B%", "a\\_c", "%\\%", "", "é%", "_", "%a%b%", "A_C"])
        let escape = random.chance(50) ? " ESCAPE '\\'" : ""
        let not = random.chance(30) ? "NOT " : ""
        let rest = "\(not)LIKE '\(pattern)'\(escape)"
        return Twin("\(subject.ours) \(rest)", "\(subject.sqlite) \(rest)")
    }

    private mutating func identity(_ depth: Int) -> Twin {
        let parts = comparable(depth).map { operand($0) }
        let form = random.pick([
            "IS NULL", "IS NOT NULL", "IS DISTINCT FROM", "IS NOT DISTINCT FROM", "IS", "IS TRUE", "IS NOT FALSE",
        ])
        switch form {
        case "IS NULL", "IS NOT NULL": return Twin("\(parts[0].ours) \(form)", "\(parts[0].sqlite) \(form)")
        case "IS TRUE", "IS NOT FALSE":
            let condition = operand(boolean(depth - 1))
            return Twin("\(condition.ours) \(form)", "\(condition.sqlite) \(form)")
        default:
            return Twin(
                "\(parts[0].ours) \(form) \(parts[1].ours)", "\(parts[0].sqlite) \(form) \(parts[1].sqlite)")
        }
    }

    // MARK: Dates

    private mutating func date(_ depth: Int) -> Twin {
        if depth <= 0 || random.chance(30) {
            if random.chance(6) { return Twin("NULL") }
            return random.chance(60) && !dates.isEmpty
                ? Twin(random.pick(dates))
                : Twin("DATE '20\(10 + random.below(80))-0\(1 + random.below(9))-1\(random.below(10))'")
        }
        return general(.date, depth)
    }
}

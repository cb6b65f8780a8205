import DriftEngine
import DriftModel
import Foundation
import Testing

@testable import DriftFormats
@testable import DriftIntake

/// Random records under random mappings, in every format, against ``MappingOracle``.
@Suite struct MappingOracleTests {
    typealias Rule = MappingOracle.Rule
    typealias Condition = MappingOracle.Condition

    static let zone = "Europe/Berlin"
    static let columns = ["cust", "kind", "when", "num", "geld", "txt", "day", "land", "a.b"]
    static let nullTokens = ["", "NA", "kA"]

    // MARK: Expressions and their meaning

    static func field(_ name: String) -> Rule { Rule("\"\(name)\"") { .text($0[name]) } }

    static let texts: [Rule] = [
        field("txt"), field("land"), field("a.b"),
        Rule("upper(txt)") { fields in
            .text(fields["txt"].map { String($0.map { $0.isASCII ? Character($0.uppercased()) : $0 }) })
        },
        Rule("coalesce(land, txt, 'none')") { .text($0["land"] ?? $0["txt"] ?? "none") },
        Rule("land || '/' || txt") { fields in
            .text(fields["land"].flatMap { land in fields["txt"].map { "\(land)/\($0)" } })
        },
        Rule("substr(txt, 2, 3)") { fields in .text(fields["txt"].map { String($0.dropFirst().prefix(3)) }) },
        Rule("_file || CAST(_record AS TEXT)") { fields in .text("x.dat\(fields["#"]!).0") },
    ]

    static func read(_ text: String?, _ parse: (String) -> Double?) -> MappingOracle.Result {
        guard let text else { return .null }
        return parse(text).map(MappingOracle.Result.number) ?? .unreadable
    }

    static let numbers: [Rule] = [
        Rule("number(num)") { read($0["num"], MappingOracle.number) },
        Rule("number(geld, 'de')") { read($0["geld"], MappingOracle.germanNumber) },
        Rule("coalesce(number(num), 0)") { fields in
            read(fields["num"], MappingOracle.number).number.map(MappingOracle.Result.number) ?? .number(0)
        },
        Rule("number(num) * 2 + number(geld, 'de')") { fields in
            let (left, right) = (
                read(fields["num"], MappingOracle.number), read(fields["geld"], MappingOracle.germanNumber)
            )
            guard let a = left.number, let b = right.number else {
                return left.isUnreadable || right.isUnreadable ? .unreadable : .null
            }
            return .number(a * 2 + b)
        },
        Rule("CASE WHEN land = 'DE' THEN number(geld, 'de') ELSE number(num) END") { fields in
            fields["land"] == "DE"
                ? read(fields["geld"], MappingOracle.germanNumber) : read(fields["num"], MappingOracle.number)
        },
    ]

    static func day(_ text: String?, _ parse: (String) -> Int?) -> MappingOracle.Result {
        guard let text else { return .null }
        return parse(text).map { .text(TimestampText.string(day: DayNumber($0))) } ?? .unreadable
    }

    static let dates: [Rule] = [
        Rule("date(day)") { day($0["day"], MappingOracle.date) },
        Rule("date(day, 'd.M.yy')") { fields in
            day(fields["day"]) { text in
                MappingOracle.matches(text, #"\s*(\d\d?)\.(\d\d?)\.(\d\d)\s*"#).flatMap { parts in
                    let year = Int(parts[3])!
                    return MappingOracle.days(year + (year < 70 ? 2000 : 1900), Int(parts[2])!, Int(parts[1])!)
                }
            }
        },
    ]

    static func at(_ text: String?, _ parse: (String) -> Double?) -> MappingOracle.Result {
        guard let text else { return .null }
        return parse(text).map { MappingOracle.Result(text: MappingOracle.show($0), seconds: $0) } ?? .unreadable
    }

    static let instants: [Rule] = [
        Rule("\"when\"") { at($0["when"]) { MappingOracle.plainInstant($0, zone) } },
        Rule("timestamp(\"when\")") { at($0["when"]) { MappingOracle.iso($0, zone) } },
        Rule("timestamp(\"when\", 'dd/MM/yyyy HH:mm:ss', 'Europe/London')") { fields in
            at(fields["when"]) { text in
                clock(
                    text, #"\s*(?<d>\d\d)/(?<M>\d\d)/(?<y>\d{4}) (?<H>\d\d):(?<m>\d\d):(?<s>\d\d)\s*"#, "Europe/London")
            }
        },
        Rule("timestamp(\"when\", 'MMM d, yyyy h:mm a', 'America/New_York')") { fields in
            at(fields["when"]) { text in
                clock(
                    text, #"\s*(?<n>[A-Za-z]{3}) (?<d>\d\d?), (?<y>\d{4}) (?<H>\d\d?):(?<m>\d\d) (?<a>[AaPp])[Mm]\s*"#,
                    "America/New_York")
            }
        },
        Rule("timestamp(\"when\", 'yyyy-MM-dd''T''H:mm:ss.SSSZ')") { fields in
            at(fields["when"]) { text in
                guard
                    let parts = MappingOracle.matches(
                        text, #"\s*(\d{4}-\d\d-\d\d)T(\d\d?)(:\d\d:\d\d\.\d+)(Z|[+-]\d\d:\d\d)\s*"#)
                else { return nil }
                let hour = parts[2].count == 1 ? "0\(parts[2])" : parts[2]
                return parts[3].contains(":60.")
                    ? nil : MappingOracle.iso("\(parts[1])T\(hour)\(parts[3])\(parts[4])", zone)
            }
        },
    ]

    /// A reading of a clock by the named groups of a pattern.
    static func clock(_ text: String, _ pattern: String, _ zone: String) -> Double? {
        guard let regex = try? NSRegularExpression(pattern: "^(?:\(pattern))$"),
            let found = regex.firstMatch(in: text, range: NSRange(text.startIndex..., in: text))
        else { return nil }
        func group(_ name: String) -> String? {
            pattern.contains("?<\(name)>") ? Range(found.range(withName: name), in: text).map { String(text[$0]) } : nil
        }
        let month =
            group("M").flatMap(Int.init)
            ?? MappingOracle.months.firstIndex(of: group("n")?.lowercased() ?? "").map { $0 + 1 } ?? 0
        guard let day = MappingOracle.days(Int(group("y")!)!, month, Int(group("d")!)!) else { return nil }
        var hour = Int(group("H")!)!
        if let half = group("a") {
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (half.lowercased() == "p" ? 12 : 0)
        }
        let (minute, second) = (Int(group("m")!)!, Int(group("s") ?? "0")!)
        guard hour < 24, minute < 60, second < 60 else { return nil }
        return MappingOracle.instant(Double(day * 86_400 + hour * 3_600 + minute * 60 + second), zone)
    }

    static let types: [Rule] = [
        field("kind"), Rule("'purchase'") { _ in .text("purchase") },
        Rule("CASE WHEN txt LIKE 'C%' THEN 'refund' WHEN land IS NOT NULL THEN kind END") { fields in
            fields["txt"]?.lowercased().hasPrefix("c") == true
                ? .text("refund") : .text(fields["land"] == nil ? nil : fields["kind"])
        },
    ]

    static let also: [Rule] = [
        Rule("'profile'") { _ in .text("profile") }, Rule("'unheard_of'") { _ in .text("unheard_of") },
        Rule("CASE WHEN land IS NOT NULL THEN 'profile' END") { .text($0["land"] == nil ? nil : "profile") },
        field("kind"),
    ]

    static let skips: [Condition?] = [
        nil, nil, Condition(text: "txt = 'skip'") { $0["txt"].map { $0 == "skip" } },
        Condition(text: "land <> 'DE' AND kind <> 'purchase'") { fields in
            let (a, b) = (fields["land"].map { $0 != "DE" }, fields["kind"].map { $0 != "purchase" })
            return a == false || b == false ? false : a == nil || b == nil ? nil : true
        },
        Condition(text: "NOT (land = 'DE' OR txt IS NULL)") { fields in
            fields["txt"] == nil ? false : fields["land"].map { $0 != "DE" }
        },
    ]

    // MARK: Records

    static let values: [String: [String]] = [
        "cust": ["C-1", "C-2", "", "NA", " 7 ", "0"],
        "kind": ["purchase", "refund", "profile", "visit", "", "kA", "Purchase"],
        "when": [
            "2026-03-29 02:30:00", "2026-10-25 02:30", "2026-02-28", "2026-02-29", "2026-01-31T10:00:00Z",
            "2026-01-31t10:00:00.25+05:30", "1767225600", "1767225600123", "20260131", "2026", "29/03/2026 01:30:00",
            "25/10/2026 01:30:00", "31/04/2026 00:00:00", "Mar 8, 2026 2:30 AM", "nov 1, 2026 1:30 am",
            "Dec 31, 2025 12:05 PM", "Jan 1, 2026 13:00 AM", "2026-01-31T9:05:01.5Z", "2026-01-31T09:05:60.5Z", "soon",
            "",
            "NA", "-5", "1767225600.5", "2026-01-31 24:00", " 2026-01-31 ",
        ],
        "num": ["1", "-2.50", " 3 ", "1e3", ".5", "5.", "1,5", "abc", "", "NA", "0", "1e400", "--1", "12 EUR"],
        "geld": ["1.234,50", "1234,5", "12.34", "1.234", "-0,75", "1 234,5", "1,2,3", "", "kA", "x", "12.345.678"],
        "txt": ["tea", "Cup", "c", "skip", "über", "", "a\"b", "x,y;z", "NA", "two\nlines", "ÄÖ c"],
        "day": [
            "2026-02-28", "2026-02-30", "1.2.26", "31.12.69", "1.1.70", "31.2.26", "", "NA",
            "2026-01-31T23:00:00-05:00", "now",
        ],
        "land": ["DE", "UK", "", "kA", "de"], "a.b": ["deep", "", "NA", "1.50"],
    ]

    static func record(_ random: inout Seeded) -> [(String, String)] {
        columns.map { ($0, values[$0]!.randomElement(using: &random)!) }
    }

    enum Form: CaseIterable { case header, bare, lines }

    /// A column's name in a form of file, as an expression of `columns` has it.
    static func named(_ text: String, _ form: Form) -> String {
        guard form == .bare else { return text }
        var text = text
        for (index, name) in columns.enumerated() {
            text = text.replacingOccurrences(
                of: name == "a.b" || name == "when" ? "\"\(name)\"" : #"(?<![A-Za-z_'"])"?\#(name)"?(?![A-Za-z_'"(])"#,
                with: "c\(index + 1)", options: name == "a.b" || name == "when" ? [] : .regularExpression)
        }
        return text
    }

    static func csv(_ values: [String]) -> String {
        values.map { "\"" + $0.replacingOccurrences(of: "\"", with: "\"\"") + "\"" }.joined(separator: ",") + "\n"
    }

    static func json(_ record: [(String, String)]) -> String {
        func quoted(_ text: String) -> String {
            String(decoding: try! JSONEncoder().encode(text), as: UTF8.self).replacingOccurrences(of: "\\/", with: "/")
        }
        let members = record.map { name, value in
            // Numbers as such where they can be, NULL where a token says so, one member below another.
            let token =
                value == "kA"
                ? "null" : ["1", "-2.50", "1767225600", "0", "1.50"].contains(value) ? value : quoted(value)
            return name == "a.b" ? "\"a\":{\"b\":\(token)}" : "\(quoted(name)):\(token)"
        }
        return "{" + members.joined(separator: ",") + "}\n"
    }

    static func file(_ records: [[(String, String)]], _ form: Form) -> String {
        switch form {
        case .header: csv(columns) + records.map { csv($0.map(\.1)) }.joined()
        case .bare: records.map { csv($0.map(\.1)) }.joined()
        case .lines: records.map(json).joined()
        }
    }

    // MARK: The whole record

    struct Mapping {
        var skip: Condition?
        var type: Rule
        var at: Rule
        var id: Rule?
        var own: [(name: String, rule: Rule)]
        var also: [(type: Rule, fields: [(name: String, rule: Rule)])]

        init(_ random: inout Seeded) {
            func fields(_ names: [String], _ random: inout Seeded) -> [(name: String, rule: Rule)] {
                names.filter { _ in Bool.random(using: &random) }.map { name in
                    let pool = name == "amount" ? numbers : name == "on" || name == "birth" ? dates : texts
                    return (name, pool.randomElement(using: &random)!)
                }
            }
            skip = skips.randomElement(using: &random)!
            type = types.randomElement(using: &random)!
            at = instants.randomElement(using: &random)!
            id = Bool.random(using: &random) ? texts.randomElement(using: &random)! : nil
            own = fields(["amount", "item", "on", "country", "birth"], &random)
            also = []
            for _ in 0..<Int.random(in: 0..<3, using: &random) {
                also.append(
                    (
                        MappingOracleTests.also.randomElement(using: &random)!,
                        fields(["amount", "item", "country", "birth"], &random)
                    ))
            }
        }

        func source(_ form: Form) -> SourceConfiguration {
            func text(_ rule: Rule) -> String { named(rule.text, form) }
            return Hand.source {
                $0.format = form == .lines ? .ndjson : .csv
                $0.csv.header = form == .header
                $0.csv.delimiter = UInt8(ascii: ",")
                $0.nullTokens = nullTokens
                $0.skip = skip.map { Hand.text(named($0.text, form)) }
                $0.map = Hand.mapping(
                    customer: named("cust", form), type: text(type), at: text(at), id: id.map(text),
                    own.map { ($0.name, text($0.rule)) })
                $0.also = also.map { event in
                    EventMapping(
                        type: Hand.text(text(event.type)),
                        fields: event.fields.map {
                            FieldMapping(name: Hand.text($0.name), expression: Hand.text(text($0.rule)))
                        })
                }
            }
        }
    }

    /// What becomes of a record, in the words of ``words(_:_:model:)``; of a refused one only why it may be.
    static func expected(_ record: [(String, String)], _ number: Int, _ mapping: Mapping) -> [String] {
        var fields: MappingOracle.Fields = ["#": "\(number)"]
        for (name, value) in record where !nullTokens.contains(value) { fields[name] = value }
        if mapping.skip?.value(fields) == true { return ["skipped"] }
        let layout = ["purchase": ["amount", "item", "on"], "refund": ["amount"], "profile": ["country", "birth"]]
        var problems: Set<String> = []
        func event(_ type: String, _ rules: [(name: String, rule: Rule)]) -> String? {
            guard let names = layout[type] else { return nil }
            let cells = names.map { name -> String in
                guard let rule = rules.first(where: { $0.name == name })?.rule else { return "NULL" }
                let result = rule.value(fields)
                if result.isUnreadable { problems.insert("unreadable_field") }
                return result.text ?? "NULL"
            }
            return "\(type)(\(cells.joined(separator: ",")))"
        }
        guard let type = mapping.type.value(fields).text else { return ["missing_field"] }
        var events = mapping.also.compactMap { also in also.type.value(fields).text.flatMap { event($0, also.fields) } }
        if let own = event(type, mapping.own) { events.append(own) }
        if events.isEmpty, layout[type] == nil { return ["unknown type \(type)"] }
        guard let customer = fields["cust"] else { return ["missing_field"] + problems.sorted() }
        let at = mapping.at.value(fields)
        guard let time = at.text else {
            return [at.isUnreadable ? "unreadable_field" : "missing_field"] + problems.sorted()
        }
        if at.seconds! > Double(Hand.claim.secondsFloor + 3_600) { return ["future"] + problems.sorted() }
        if !problems.isEmpty { return problems.sorted() }
        let id = mapping.id.flatMap { $0.value(fields).text }
        return ["\(customer) \(time) \(events.joined(separator: " "))\(id.map { " #\($0)" } ?? "")"]
    }

    static func rules(_ name: String) -> ZoneRules? {
        guard let data = FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)") else { return nil }
        return ZoneRules(name: name, tzif: [UInt8](data))
    }

    @Test(arguments: Form.allCases, 1...8 as ClosedRange<UInt64>)
    func aRecordIsWhatTheDocumentsSay(form: Form, seed: UInt64) throws {
        var random = Seeded(state: seed &* 7_919)
        let berlin = try #require(Self.rules(Self.zone))
        for round in 0..<10 {
            let mapping = Mapping(&random)
            let records = (0..<40).map { _ in Self.record(&random) }
            let source = mapping.source(form)
            let plan = try SourcePlan(source: source, model: Hand.model, zone: berlin, zones: Self.rules)
            let found = try Self.mapped(Self.file(records, form), plan)
            #expect(found.count == records.count)
            for (index, (said, record)) in zip(found, records).enumerated() {
                let wanted = Self.expected(record, index + 1, mapping)
                let code = said.split(separator: ":", maxSplits: 1).first.map(String.init) ?? said
                #expect(
                    wanted.contains(said) || wanted.contains(code),
                    "seed \(seed), round \(round), record \(index + 1): \(record) under \(mapping)")
            }
        }
    }

    static func mapped(_ text: String, _ plan: SourcePlan) throws -> [String] {
        let reader = RecordReader(options: plan.reader)
        var raw = RawRecords()
        reader.push(Array(text.utf8).span, isLast: true)
        while try reader.next(into: &raw) {}
        var mapper = Mapper(plan: plan, file: Hand.context("x.dat"))
        var batch = RecordBatch()
        mapper.prepare(&raw)
        return raw.records.map { record in
            switch mapper.map(record, of: raw, into: &batch) {
            case .mapped: words(batch, batch.records.count - 1)
            case .skipped: "skipped"
            case .unknownType: "unknown type \(String(decoding: mapper.typeName, as: UTF8.self))"
            case .refused(let code, let reason): "\(code): \(reason)"
            }
        }
    }
}

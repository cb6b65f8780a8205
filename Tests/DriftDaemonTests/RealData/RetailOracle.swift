/// The retail example evaluated naively: every rule written out by hand, every window summed over all events,
/// after each record and at every midnight. Shares nothing with the product.
struct RetailOracle {
    struct Line: Equatable {
        var customer: String
        var invoice: String
        var isRefund: Bool
        /// Seconds of local time since 1970.
        var localSeconds: Int
        var micros: Int
        var country: String
        var day: Int { localSeconds / 86_400 }
    }

    struct Move: Hashable, Comparable, CustomStringConvertible {
        var customer: String
        var segmentation: String
        var seq: Int
        var from: String
        var to: String
        var effectiveAt: Int
        var cause: String

        var description: String { "\(customer) \(segmentation)#\(seq) \(from) -> \(to) at \(effectiveAt) (\(cause))" }
        static func < (left: Move, right: Move) -> Bool {
            (left.customer, left.segmentation, left.seq) < (right.customer, right.segmentation, right.seq)
        }
    }

    /// UTC seconds of a local time in London between the autumns of 2010 and 2011: summer time from
    /// 2011-03-27T01:00Z. No file has a time inside the skipped hour.
    static func utc(_ localSeconds: Int) -> Int {
        let summerStartsLocal = 1_301_191_200  // 2011-03-27T02:00:00 on the local clock
        return localSeconds >= summerStartsLocal ? localSeconds - 3_600 : localSeconds
    }

    /// All moves of all customers up to and including the last day.
    static func moves(of lines: [Line], lastDay: Int) -> [Move] {
        var byCustomer: [String: [Line]] = [:]
        for line in lines { byCustomer[line.customer, default: []].append(line) }
        return byCustomer.flatMap { moves(ofCustomer: $0.value, lastDay: lastDay) }.sorted()
    }

    private static func moves(ofCustomer lines: [Line], lastDay: Int) -> [Move] {
        var result: [Move] = []
        var value: String?
        var region: String?
        var seqs = ["value": 0, "region": 0]
        func note(_ segmentation: String, _ from: String?, _ to: String?, at: Int, _ cause: String) {
            guard from != to else { return }
            seqs[segmentation]! += 1
            result.append(
                Move(
                    customer: lines[0].customer, segmentation: segmentation, seq: seqs[segmentation]!,
                    from: from ?? "NULL", to: to ?? "NULL", effectiveAt: at, cause: cause))
        }
        var seen = 0
        for day in lines[0].day...lastDay {
            if seen > 0 {
                let facts = Facts(lines[..<seen], day: day)
                let newValue = facts.value(current: value)
                let newRegion = facts.region
                let midnight = utc(day * 86_400)
                note("value", value, newValue, at: midnight, "time")
                note("region", region, newRegion, at: midnight, "time")
                value = newValue
                region = newRegion
            }
            while seen < lines.count, lines[seen].day == day {
                seen += 1
                let facts = Facts(lines[..<seen], day: day)
                let newValue = facts.value(current: value)
                let newRegion = facts.region
                let at = utc(lines[seen - 1].localSeconds)
                note("value", value, newValue, at: at, "event")
                note("region", region, newRegion, at: at, "event")
                value = newValue
                region = newRegion
            }
        }
        return result
    }

    /// What the rules look at, of a customer's events so far, on one day.
    private struct Facts {
        var orders90: Set<Substring.SubSequence> = []
        var hasOrder = false
        var recency = Int.max
        var spend365 = 0
        var country = ""
        var isCustomer: Bool { hasOrder }

        init(_ lines: ArraySlice<Line>, day: Int) {
            for line in lines {
                let age = day - line.day
                if age < 365 { spend365 += line.micros }
                country = line.country
                guard !line.isRefund else { continue }
                hasOrder = true
                recency = min(recency, age)
                if age < 90 { orders90.insert(line.invoice[...]) }
            }
        }

        var region: String? {
            guard isCustomer else { return nil }
            if country == "United Kingdom" { return "domestic" }
            let europe: Set<String> = [
                "Germany", "France", "EIRE", "Spain", "Netherlands", "Belgium", "Switzerland", "Portugal", "Italy",
                "Norway",
            ]
            return europe.contains(country) ? "europe" : "world"
        }

        func value(current: String?) -> String? {
            guard isCustomer else { return nil }
            let r = recency <= 14 ? 5 : recency <= 30 ? 4 : recency <= 60 ? 3 : recency <= 120 ? 2 : 1
            let orders = orders90.count
            let f = orders <= 0 ? 1 : orders <= 1 ? 2 : orders <= 3 ? 3 : orders <= 6 ? 4 : 5
            let spend = spend365
            let m =
                spend <= 100_000_000
                ? 1 : spend <= 300_000_000 ? 2 : spend <= 800_000_000 ? 3 : spend <= 2_500_000_000 ? 4 : 5
            if r >= 4 && f >= 4 && m >= 4 { return "champions" }
            if current == "champions" && r >= 3 && f >= 3 && m >= 4 { return "champions" }
            if r >= 3 && f >= 3 { return "loyal" }
            if r >= 4 { return "promising" }
            if r == 3 || (r == 2 && m >= 4) { return "needs_attention" }
            if recency <= 120 { return "at_risk" }
            return "lost"
        }
    }
}

extension RetailOracle {
    /// The day files' lines as the documented mapping reads them: no customer or an `A` invoice is skipped.
    static func lines(ofDayFile text: String) -> [Line] {
        var rows = csv(text)
        rows.removeFirst()
        return rows.compactMap { row in
            guard row.count == 8, !row[6].isEmpty, !row[0].hasPrefix("A") else { return nil }
            let micros = Int((Double(row[3])! * Double(row[5])! * 1e6).rounded(.toNearestOrEven))
            return Line(
                customer: row[6], invoice: row[0], isRefund: row[0].hasPrefix("C"),
                localSeconds: localSeconds(row[4]), micros: micros, country: row[7])
        }
    }

    /// `2010-12-01 08:26:00` as seconds of local time since 1970.
    private static func localSeconds(_ text: String) -> Int {
        let parts = text.split { "- :".contains($0) }.map { Int($0)! }
        var days = 0
        for year in 1970..<parts[0] { days += isLeap(year) ? 366 : 365 }
        for month in 1..<parts[1] {
            days += [31, isLeap(parts[0]) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        }
        days += parts[2] - 1
        return days * 86_400 + parts[3] * 3_600 + parts[4] * 60 + parts[5]
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// Rows of a CSV text, quotes undone.
    static func csv(_ text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field: [UInt8] = []
        var quoted = false
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if quoted {
                if byte == UInt8(ascii: "\"") {
                    if index + 1 < bytes.count, bytes[index + 1] == byte {
                        field.append(byte); index += 1
                    } else {
                        quoted = false
                    }
                } else {
                    field.append(byte)
                }
            } else if byte == UInt8(ascii: "\"") {
                quoted = true
            } else if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") {
                row.append(String(decoding: field, as: UTF8.self))
                field.removeAll(keepingCapacity: true)
                if byte == UInt8(ascii: "\n") { rows.append(row); row = [] }
            } else {
                field.append(byte)
            }
            index += 1
        }
        if !field.isEmpty || !row.isEmpty { rows.append(row + [String(decoding: field, as: UTF8.self)]) }
        return rows
    }
}

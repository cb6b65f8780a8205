import DriftStore

/// Two databases that should say the same about every customer.
struct CustomerComparison {
    /// Told in words at most so many times.
    private static let findingsMax = StoreReader.findingsMax
    private static let pageRows = 1_000

    /// Customers looked at, and those of them about whom the two differ.
    private(set) var customers = 0
    private(set) var differing = 0
    /// Customers who cannot be compared, because files with events of theirs cannot be read again.
    private(set) var excused = 0
    private(set) var moves = 0
    private(set) var findings: [String] = []

    /// - Parameter isPartial: Files are missing from the replay: customers with more events in the database than in
    ///   it cannot be compared.
    mutating func run(database: StoreReader, replay: StoreReader, isPartial: Bool) throws {
        let hasForgotten = try database.hasForgottenMoves()
        var left = Pages(reader: database)
        var right = Pages(reader: replay)
        var a = try left.next()
        var b = try right.next()
        while a != nil || b != nil {
            if let mine = a, b.map({ Self.precedes(mine.name, $0.name) }) ?? true {
                customers += 1
                if isPartial {
                    excused += 1
                } else {
                    tell("customer \(mine.name) is in the database, and in no file")
                }
                a = try left.next()
            } else if let other = b, a.map({ Self.precedes(other.name, $0.name) }) ?? true {
                customers += 1
                tell("customer \(other.name) is in the files, and not in the database")
                b = try right.next()
            } else if let mine = a, var other = b {
                customers += 1
                if hasForgotten { other.moves = Self.moves(other.moves, keptIn: mine.moves) }
                moves += mine.moves.count
                if isPartial, mine.events > other.events {
                    excused += 1
                } else if let difference = Self.difference(mine, other) {
                    tell("customer \(mine.name): \(difference)")
                }
                a = try left.next()
                b = try right.next()
            }
        }
    }

    /// SQLite's order of texts: by their bytes.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        left != right && left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private mutating func tell(_ finding: String) {
        differing += 1
        if findings.count < Self.findingsMax { findings.append(finding) }
    }

    /// Moves without those before the first that the database still has: their time was up.
    private static func moves(_ all: [MoveRecord], keptIn kept: [MoveRecord]) -> [MoveRecord] {
        var firsts: [String: Int64] = [:]
        for move in kept { firsts[move.segmentation] = min(firsts[move.segmentation] ?? move.seq, move.seq) }
        return all.filter { $0.seq >= firsts[$0.segmentation] ?? 1 }
    }

    /// The first thing in which two records of a customer differ.
    static func difference(_ mine: CustomerRecord, _ other: CustomerRecord) -> String? {
        for index in 0..<max(mine.moves.count, other.moves.count) {
            guard index < mine.moves.count else { return "\(words(other.moves[index])) is missing from the database" }
            guard index < other.moves.count else { return "\(words(mine.moves[index])) follows from no file" }
            let (a, b) = (mine.moves[index], other.moves[index])
            if a == b { continue }
            if a.segmentation != b.segmentation || a.seq != b.seq {
                return "the database has \(words(a)), the files give \(words(b))"
            }
            let facts = zip(MoveRecord.factNames, zip(a.facts, b.facts)).first { $1.0 != $1.1 }
            return "\(words(a)): \(facts.map { "\($0) is \($1.0), the files give \($1.1)" } ?? "differs")"
        }
        if mine.placements != other.placements {
            let pair = zip(mine.placements, other.placements).first { $0 != $1 }
            return "stands at '\(pair?.0 ?? "")', the files give '\(pair?.1 ?? "")'"
        }
        let facts: [(String, String, String)] = [
            ("events", "\(mine.events)", "\(other.events)"),
            ("is_customer", "\(mine.isCustomer)", "\(other.isCustomer)"),
            ("first_event_at", "\(mine.firstAt ?? 0)", "\(other.firstAt ?? 0)"),
            ("last_event_at", "\(mine.lastAt ?? 0)", "\(other.lastAt ?? 0)"),
            ("attributes", mine.attributes ?? "{}", other.attributes ?? "{}"),
        ]
        if let fact = facts.first(where: { $0.1 != $0.2 }) {
            return "\(fact.0) is \(fact.1), the files give \(fact.2)"
        }
        return mine.state == other.state ? nil : "what is kept of the past for features differs"
    }

    private static func words(_ move: MoveRecord) -> String {
        "move \(move.seq) of \(move.segmentation) (\(move.facts[0]) -> \(move.facts[1]))"
    }

    /// Customers one after another, read in pages.
    private struct Pages {
        let reader: StoreReader
        private var page: [CustomerRecord] = []
        private var index = 0
        private var last: String?
        private var isAtEnd = false

        init(reader: StoreReader) {
            self.reader = reader
        }

        mutating func next() throws -> CustomerRecord? {
            if index == page.count, !isAtEnd {
                page = try reader.customerRecords(after: last, limit: CustomerComparison.pageRows)
                index = 0
                last = page.last?.name ?? last
                isAtEnd = page.count < CustomerComparison.pageRows
            }
            guard index < page.count else { return nil }
            defer { index += 1 }
            return page[index]
        }
    }
}

/// The ledger of the database against that of the replay: what became of each file's records.
enum LedgerComparison {
    static func findings(database: [FileRow], replay: [FileRow]) -> [String] {
        let again = Dictionary(uniqueKeysWithValues: replay.map { ($0.fileID, $0) })
        return database.compactMap { file in
            guard let other = again[file.fileID], let difference = difference(file.counts, other.counts, file) else {
                return nil
            }
            return "file \(file.fileID) (\(file.name)): \(difference)"
        }
    }

    private static func difference(_ mine: FileCounts, _ other: FileCounts, _ file: FileRow) -> String? {
        // What was never reached is counted as quarantined, and what a person gave up as ignored.
        let isWhole = file.state == .archived || file.state == .committed
        let classes: [(String, Int64, Int64)] = [
            ("accepted", mine.accepted, other.accepted), ("duplicates", mine.duplicates, other.duplicates),
            ("conflicts", mine.conflicts, other.conflicts), ("late", mine.late, other.late),
            ("beyond_horizon", mine.beyondHorizon, other.beyondHorizon),
            (
                "ignored and quarantined", isWhole ? mine.ignored + mine.quarantined : 0,
                isWhole ? other.ignored + other.quarantined : 0
            ),
        ]
        return classes.first { $0.1 != $0.2 }.map { "\($0.1) records \($0.0), the file gives \($0.2)" }
    }
}

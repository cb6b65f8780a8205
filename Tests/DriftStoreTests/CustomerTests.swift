import DriftModel
import DriftStore
import Testing

/// Customers, their states, wake-ups, and the views made of them.
@Suite struct CustomerTests {
    let scratch: Scratch
    let store: Store
    let model: StoredModel

    init() throws {
        scratch = try Scratch()
        store = try scratch.store()
        model = try store.activateHand()
    }

    static func row(
        segments: [Int32?] = [0, 1], wake: Tick? = 20_500, next: Tick? = 20_500, nextSegment: Int32? = 2
    ) -> CustomerRow {
        CustomerRow(
            isCustomer: true, firstEventAt: Hand.day(20_000), lastEventAt: Instant(microseconds: 1_728_086_400_000_001),
            events: 7, wakeTick: wake,
            placements: segments.map {
                CustomerRow.Placement(
                    segment: $0, seq: 3, since: Hand.day(20_100), nextTick: next,
                    nextSegment: nextSegment.map { min($0, 1) })
            }, attributes: [.text("Fr\"ance"), .null], state: [0, 1, 255])
    }

    @Test(arguments: [
        "C-1", "o'brien\"; DROP TABLE customer; --", "🛒é\nline", "", "%s%n", " lead", "ÀÁ", "-rf",
    ])
    func aNameIsKeptByteForByte(name: String) throws {
        let (id, again, other) = try store.write { transaction in
            let id = try transaction.insertCustomer(named: Array(name.utf8))
            try transaction.save(customer: id, Self.row(), model: model)
            return (
                id, try transaction.customerID(named: Array(name.utf8)), try transaction.customerID(named: "x".utf8)
            )
        }
        #expect(id == again)
        #expect(other == nil)
        #expect(try scratch.reader().customerNames(from: name, limit: 5) == [name])
    }

    /// A number is given before the engine has judged the first record; one whose records were all refused is nobody.
    @Test func aNameWithoutAStateIsNoCustomer() throws {
        _ = try store.write { try $0.insertCustomer(named: Array("refused".utf8)) }
        let reader = try scratch.reader()
        #expect(try reader.texts("SELECT * FROM customers").isEmpty)
        #expect(try reader.customer(named: "refused") == nil)
        #expect(try reader.customerNames(from: "re", limit: 5).isEmpty)
    }

    @Test func namesThatDifferOnlyAfterAZeroByteAreTwoCustomers() throws {
        let (first, second) = try store.write { transaction in
            (try transaction.insertCustomer(named: [97, 0, 98]), try transaction.insertCustomer(named: [97, 0, 99]))
        }
        #expect(first != second)
    }

    @Test func bytesThatAreNoUTF8StillNameOneCustomer() throws {
        let name: [UInt8] = [0x61, 0xFF, 0xC0]
        let (id, again) = try store.write { transaction in
            (try transaction.insertCustomer(named: name), try transaction.customerID(named: name[...]))
        }
        #expect(id == again)
    }

    @Test func aStateIsReadBackAsWritten() throws {
        try store.write { transaction in
            let id = try transaction.insertCustomer(named: "C-1".utf8)
            var bytes: [UInt8] = [9]
            let hadState = try transaction.state(of: id, into: &bytes)
            #expect(!hadState && bytes.isEmpty)
            try transaction.save(customer: id, Self.row(), model: model)
            let hasState = try transaction.state(of: id, into: &bytes)
            #expect(hasState)
            #expect(bytes == [0, 1, 255])
        }
        #expect(try scratch.reader().customer(named: "C-1")?.state == [0, 1, 255])
    }

    @Test func savingACustomerNobodyKnowsIsRefused() throws {
        #expect(throws: StoreError.self) {
            try store.write { transaction in try transaction.save(customer: 99, Self.row(), model: model) }
        }
    }

    @Test func theViewsTellWhatWasSaved() throws {
        try store.write { transaction in
            let id = try transaction.insertCustomer(named: "C-1".utf8)
            try transaction.save(customer: id, Self.row(), model: model)
        }
        let reader = try scratch.reader()
        #expect(
            try reader.texts("SELECT * FROM customers") == [
                ["C-1", "1", "2024-10-04T00:00:00Z", "2024-10-05T00:00:00.000001Z", "7", #"{"country":"Fr\"ance"}"#]
            ])
        #expect(
            try reader.texts("SELECT * FROM current_segments") == [
                ["C-1", "value", "gold", "2025-01-12T00:00:00Z", "3", "2026-02-16", "silver"],
                ["C-1", "region", "abroad", "2025-01-12T00:00:00Z", "3", "2026-02-16", "abroad"],
            ])
    }

    @Test func aProspectHasARowWithoutSegment() throws {
        try store.write { transaction in
            let id = try transaction.insertCustomer(named: "P".utf8)
            let placement = CustomerRow.Placement(segment: nil, seq: 0, since: nil, nextTick: nil, nextSegment: nil)
            try transaction.save(
                customer: id, CustomerRow(placements: [placement, placement]), model: model)
        }
        #expect(
            try scratch.reader().texts("SELECT * FROM current_segments WHERE customer = 'P'") == [
                ["P", "value", "NULL", "NULL", "0", "NULL", "NULL"],
                ["P", "region", "NULL", "NULL", "0", "NULL", "NULL"],
            ])
        #expect(try scratch.reader().texts("SELECT attributes FROM customers") == [["{}"]])
    }

    @Test func theFirstSegmentationToFillAnAreaWins() throws {
        try store.write { transaction in
            let first = try transaction.insertCustomer(named: "C-1".utf8)
            try transaction.save(customer: first, Self.row(segments: [1, 1]), model: model)
            let second = try transaction.insertCustomer(named: "C-2".utf8)
            try transaction.save(customer: second, Self.row(segments: [2, 1]), model: model)
        }
        #expect(
            try scratch.reader().texts("SELECT * FROM customer_actions ORDER BY customer, area") == [
                ["C-1", "fulfilment.delivery", "Next day", "touch", "value"],
                ["C-1", "sales.channel", "Resellers", "export", "region"],
                ["C-1", "service.support", "By phone", "touch", "value"],
                ["C-2", "fulfilment.delivery", "Pallet", "export", "region"],
                ["C-2", "sales.channel", "Resellers", "export", "region"],
                ["C-2", "service.support", "Internet only", "low", "value"],
            ])
    }

    @Test func oneCustomersActionsDoNotReadEverybody() throws {
        let plan = try scratch.reader().texts(
            "EXPLAIN QUERY PLAN SELECT * FROM customer_actions WHERE customer = 'C-1'"
        ).map { $0[3] }
        #expect(plan.contains { $0.hasPrefix("SEARCH c USING") }, "\(plan)")
    }

    @Test func wakeUpsComeInTheOrderOfTheirTicksAndOnlyWhenDue() throws {
        try store.write { transaction in
            for (name, wake) in [("a", 30), ("b", 10), ("c", nil), ("d", 10), ("e", 31)] as [(String, Tick?)] {
                let id = try transaction.insertCustomer(named: name.utf8)
                try transaction.save(customer: id, Self.row(wake: wake), model: model)
            }
            #expect(try transaction.dueCustomers(upTo: 30, limit: 10) == [2, 4, 1])
            #expect(try transaction.dueCustomers(upTo: 30, limit: 2) == [2, 4])
            #expect(try transaction.dueCustomers(upTo: 9, limit: 10).isEmpty)
            #expect(try transaction.nextWakeTick() == 10)
        }
    }

    @Test func everyStateIsWalkedOnceInPieces() throws {
        try store.write { transaction in
            for number in 0..<7 {
                let id = try transaction.insertCustomer(named: "c\(number)".utf8)
                if number != 3 { try transaction.save(customer: id, Self.row(), model: model) }
            }
        }
        var seen: [String] = []
        try scratch.reader().forEachState(chunk: 2) { _, name, _ in seen.append(name) }
        #expect(seen == ["c0", "c1", "c2", "c4", "c5", "c6"])
    }
}

import DriftEngine
import DriftModel
import DriftStore
import Testing

/// How a move reads in the view `transitions`.
@Suite struct TransitionViewTests {
    let scratch: Scratch
    let store: Store
    let model: StoredModel

    init() throws {
        scratch = try Scratch()
        store = try scratch.store()
        model = try store.activateHand()
    }

    private func append(_ builder: OutcomeBuilder) throws {
        _ = try store.write { transaction in
            for name in ["C-1", "C-2"] where try transaction.customerID(named: name.utf8) == nil {
                _ = try transaction.insertCustomer(named: name.utf8)
            }
            return try transaction.append(
                builder.outcome, batch: nil, model: model, files: [], recordedAt: Hand.wall)
        }
    }

    @Test func aMoveTellsNamesTimesCauseAndInputs() throws {
        var builder = OutcomeBuilder()
        let (france, spain) = (builder.text("France"), builder.text("Spain"))
        builder.move(
            1, seq: 1, from: nil, to: 1, at: Instant(microseconds: 1_767_225_600_123_000), cause: .time,
            inputs: [(0, .number(30), .number(31)), (2, france, spain), (3, .date(-1), .date(-1)), (1, .null, .null)],
            flips: [Flip(comparison: 0, before: .number(30), after: .number(31), limit: .number(30))])
        try append(builder)
        let row = try #require(try scratch.reader().texts("SELECT * FROM transitions").first)
        #expect(
            row == [
                "1", "C-1", "value", "1", "NULL", "silver", "NULL", "2026-01-01T00:00:00.123Z",
                "2026-09-21T14:13:20Z", "time", "recency 30 → 31, limit 30", "v1", "NULL", "NULL", "NULL", "NULL",
                #"{"recency":30,"country":"France","born":"1969-12-31","spend":null}"#,
                #"{"recency":31,"country":"Spain","born":"1969-12-31","spend":null}"#,
            ])
    }

    @Test func severalFlipsAreJoinedAndThoseWithoutALimitQuoteTheComparison() throws {
        var builder = OutcomeBuilder()
        let (old, new) = (builder.text("Côte d'Ivoire"), builder.text("France"))
        builder.move(
            1, seq: 1, from: 0, to: 2, at: Hand.day(20_000),
            flips: [
                Flip(comparison: 1, before: old, after: new, limit: .null),
                Flip(comparison: 2, before: .number(1000.25), after: .null, limit: .number(1000.5)),
                Flip(comparison: 3, before: .date(20_000), after: .null, limit: .null),
                // Another rule that says the same is not told twice.
                Flip(comparison: 1, before: old, after: new, limit: .null),
            ])
        try append(builder)
        let reason = try scratch.reader().texts("SELECT reason FROM transitions")
        #expect(
            reason == [
                [
                    "country 'Côte d''Ivoire' → 'France', country IN ('France', 'EIRE'); "
                        + "spend 1000.25 → NULL, limit 1000.5; born 2024-10-04 → NULL, born IS NULL"
                ]
            ])
    }

    @Test func inputsKeepNumbersExactlyAndTruthValuesAsSuch() throws {
        var builder = OutcomeBuilder()
        builder.move(
            1, seq: 1, from: 0, to: 2, at: Hand.day(20_000),
            inputs: [
                (0, .number(0.1), .number(1e300)), (1, .boolean(true), .boolean(false)),
                (2, .number(-0.0), .number(123_456_789_012_345)),
                (3, .timestamp(Instant(microseconds: -1)), .timestamp(Instant(seconds: 0))),
            ])
        try append(builder)
        let rows = try scratch.reader().texts("SELECT inputs_before, inputs_after FROM transitions")
        #expect(
            rows == [
                [
                    #"{"recency":0.1,"spend":true,"country":0,"born":"1969-12-31T23:59:59.999999Z"}"#,
                    #"{"recency":1e+300,"spend":false,"country":123456789012345,"born":"1970-01-01T00:00:00Z"}"#,
                ]
            ])
    }

    @Test func aTextInputMayHoldAnythingThatJSONMustEscape() throws {
        var builder = OutcomeBuilder()
        let nasty = builder.text("a\"b\\c\n\u{1}é")
        builder.move(1, seq: 1, from: 0, to: 1, at: Hand.day(1), inputs: [(2, nasty, nasty)])
        try append(builder)
        let back = try scratch.reader().query(
            "SELECT inputs_after ->> 'country', json_valid(inputs_before) FROM transitions")
        #expect(back.rows == [[.text("a\"b\\c\n\u{1}é"), .integer(1)]])
    }

    @Test(arguments: [(0, 1, "down"), (1, 0, "up"), (2, 2, "sideways")] as [(Int32, Int32, String)])
    func directionFollowsTheRanks(from: Int32, to: Int32, direction: String) throws {
        var builder = OutcomeBuilder()
        builder.move(1, seq: 1, from: from, to: to, at: Hand.day(1))
        try append(builder)
        #expect(try scratch.reader().texts("SELECT direction FROM transitions") == [[direction]])
    }

    @Test func directionIsNullWithoutRanks() throws {
        var builder = OutcomeBuilder()
        builder.move(1, segmentation: 1, seq: 1, from: 0, to: 1, at: Hand.day(1))
        try append(builder)
        #expect(try scratch.reader().texts("SELECT direction FROM transitions") == [["NULL"]])
    }

    @Test func aMoveNamesItsFileRecordAndEvent() throws {
        var batch = RecordBatch()
        batch.text = Array("inv-7".utf8)
        batch.records.append(
            RecordBatch.Record(
                file: 1, number: 42, customer: 1, customerName: 0..<0, at: Hand.day(1), idHash: 7, contentHash: 1,
                trust: .internal, events: 0..<0, id: 0..<5))
        var builder = OutcomeBuilder()
        builder.move(1, seq: 1, from: nil, to: 0, at: Hand.day(1), record: 0)
        try store.write { transaction in
            let first = try transaction.insertFile(Hand.file("first.csv"))
            let second = try transaction.insertFile(Hand.file("second.csv", source: "web"))
            let id = try transaction.insertCustomer(named: "C-1".utf8)
            #expect(id == 1)
            let numbers = try transaction.append(
                builder.outcome, batch: batch, model: model, files: [first, second], recordedAt: Hand.wall)
            #expect(numbers == 1...1)
        }
        #expect(
            try scratch.reader().texts("SELECT source, file, record, event_id FROM transitions")
                == [["web", "second.csv", "42", "inv-7"]])
    }

    @Test func aSecondMoveOfTheSameNumberIsRefusedWithAllItCameWith() throws {
        var builder = OutcomeBuilder()
        builder.move(1, seq: 1, from: nil, to: 0, at: Hand.day(1))
        try append(builder)
        var again = OutcomeBuilder()
        again.move(2, seq: 1, from: nil, to: 0, at: Hand.day(2))
        again.move(1, seq: 1, from: 0, to: 1, at: Hand.day(2))
        #expect(throws: StoreError.self) { try append(again) }
        #expect(try scratch.reader().texts("SELECT count(*) FROM transitions") == [["1"]])
        #expect(try scratch.reader().texts("SELECT sum(customers) FROM segment_flows") == [["1"]])
    }

    @Test func dictionariesWrittenByARolledBackTransactionAreWrittenAgain() throws {
        struct Stop: Error {}
        var builder = OutcomeBuilder()
        builder.move(1, seq: 1, from: 0, to: 1, at: Hand.day(1), inputs: [(0, .number(1), .number(2))])
        #expect(throws: Stop.self) {
            try store.write { transaction in
                try transaction.append(builder.outcome, batch: nil, model: model, files: [], recordedAt: Hand.wall)
                throw Stop()
            }
        }
        try append(builder)
        #expect(
            try scratch.reader().texts("SELECT from_segment, to_segment, inputs_after FROM transitions")
                == [["gold", "silver", #"{"recency":2}"#]])
    }

    @Test func theNewestMovesAreReadBackwardsWithoutSorting() throws {
        for sql in [
            "SELECT * FROM transitions ORDER BY transition_id DESC LIMIT 100",
            "SELECT * FROM transitions WHERE transition_id > 5 ORDER BY transition_id LIMIT 100",
            "SELECT transition_id, customer FROM transitions WHERE cause = 'time' ORDER BY transition_id DESC LIMIT 10",
        ] {
            let steps = try scratch.reader().texts("EXPLAIN QUERY PLAN \(sql)")
            let plan = steps.map { $0[3] }
            // The few parts of one move's reason may be put in order; the moves not.
            #expect(!steps.contains { $0[1] == "0" && $0[3].contains("TEMP B-TREE") }, "\(plan)")
            #expect(
                plan.first.map { $0.hasSuffix(" t") || $0.contains(" t USING INTEGER PRIMARY KEY") } == true, "\(plan)")
        }
    }

    @Test func oneCustomersMovesAreFoundThroughTheChainIndex() throws {
        let plan = try scratch.reader().texts("EXPLAIN QUERY PLAN SELECT * FROM transitions WHERE customer = 'C-1'")
            .map { $0[3] }
        #expect(plan.contains { $0.contains("transition_chain (ANY(block_id) AND customer_id=?") }, "\(plan)")
        #expect(!plan.contains { $0.hasPrefix("SCAN t") }, "\(plan)")
    }
}

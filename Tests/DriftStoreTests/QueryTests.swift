import DriftEngine
import DriftModel
import Testing

@testable import DriftStore

/// What commands read.
@Suite struct QueryTests {
    let scratch: Scratch
    let store: Store
    let model: StoredModel

    init() throws {
        scratch = try Scratch()
        store = try scratch.store()
        model = try store.activateHand()
        var builder = OutcomeBuilder()
        builder.outcome.appearances = [Hand.day(100), Hand.day(100)]
        builder.move(1, seq: 1, from: nil, to: 0, at: Hand.day(100))
        builder.move(2, seq: 1, from: nil, to: 1, at: Hand.day(101))
        builder.move(1, seq: 2, from: 0, to: 2, at: Hand.day(108), cause: .time)
        builder.move(1, segmentation: 1, seq: 1, from: nil, to: 1, at: Hand.day(109), cause: .late)
        let (model, outcome) = (model, builder.outcome)
        try store.write { transaction in
            for (name, segments) in [("C-1", [2, 1]), ("C-2", [1, nil])] as [(String, [Int32?])] {
                let id = try transaction.insertCustomer(named: name.utf8)
                var row = CustomerTests.row(segments: segments)
                row.placements[0].since = Hand.day(id == 1 ? 108 : 101)
                row.placements[1].since = id == 1 ? Hand.day(109) : nil
                try transaction.save(customer: id, row, model: model)
            }
            try transaction.append(outcome, batch: nil, model: model, files: [], recordedAt: Hand.wall)
            try transaction.setLogicalTime(Hand.day(110), axis: Hand.axis)
        }
    }

    static let filters: [(filter: TransitionFilter, numbers: [Int64])] = [
        (TransitionFilter(), [4, 3, 2, 1]),
        (TransitionFilter(limit: 2), [4, 3]),
        (TransitionFilter(newestFirst: false), [1, 2, 3, 4]),
        (TransitionFilter(since: Hand.day(101), until: Hand.day(109)), [3, 2]),
        (TransitionFilter(customer: "C-1"), [4, 3, 1]),
        (TransitionFilter(segmentation: "region"), [4]),
        (TransitionFilter(from: .null), [4, 2, 1]),
        (TransitionFilter(from: .named("gold"), to: .named("lost")), [3]),
        (TransitionFilter(cause: .late), [4]),
        (TransitionFilter(direction: .down), [3]),
        (TransitionFilter(after: 2, newestFirst: false), [3, 4]),
        (TransitionFilter(transitionID: 2), [2]),
        (TransitionFilter(customer: "nobody' OR 1=1 --"), []),
    ]

    @Test(arguments: filters)
    func movesAreFiltered(filter: TransitionFilter, numbers: [Int64]) throws {
        #expect(try scratch.reader().transitions(filter).map(\.transitionID) == numbers)
    }

    @Test func segmentsTellSizeShareFlowsAndStay() throws {
        let rows = try scratch.reader().segments(windowDays: 5)
        let told = rows.map {
            "\($0.segmentation) \($0.segment ?? "-") \($0.customers) \($0.share.map { String($0) } ?? "-") "
                + "+\($0.inflow) -\($0.outflow) \($0.change) \($0.medianStayDays.map { String($0) } ?? "-")"
        }
        #expect(
            told == [
                "value gold 0 0.0 +0 -1 -1 -", "value silver 1 0.5 +0 -0 0 9.0", "value lost 1 0.5 +1 -0 1 2.0",
                "value - 0 - +0 -0 0 -", "region home 0 0.0 +0 -0 0 -", "region abroad 1 1.0 +1 -0 1 1.0",
                "region - 1 - +0 -1 -1 -",
            ])
        #expect(rows[0].title == "GOLD" && rows[0].rank == 1 && rows[0].day == "1970-04-21")
    }

    @Test func anEarlierDayShowsItsOwnSizes() throws {
        let rows = try scratch.reader().segments(day: "1970-04-11", withStays: false)
        #expect(rows.first { $0.segment == "gold" }?.customers == 1)
        #expect(rows.first { $0.segmentation == "value" && $0.segment == nil }?.customers == 1)
    }

    @Test func dailySizesCanBeginLater() throws {
        let rows = try scratch.reader().dailySizes(segmentation: "region", since: "1970-04-20")
        #expect(
            rows.map { "\($0.segment ?? "-") \($0.day) \($0.customers)" } == [
                "- 1970-04-20 1", "- 1970-04-21 1", "abroad 1970-04-20 1", "abroad 1970-04-21 1", "home 1970-04-20 0",
                "home 1970-04-21 0",
            ])
    }

    @Test func statusAddsUpWhatIsThere() throws {
        try store.write { transaction in
            let fileID = try transaction.insertFile(Hand.file())
            try transaction.recordVerdict(fileID, Hand.verdict())
            try transaction.setFileState(fileID, .valid)
            _ = try transaction.insertAlert(AlertTests.alert("aa"))
            try transaction.insertDelivery(alertID: "aa", destination: "ops", body: [], dueAt: Hand.wall)
        }
        let status = try scratch.reader().status()
        #expect(status.logicalTime == Hand.day(110))
        #expect((status.modelName, status.modelVersion) == ("hand", "v1"))
        #expect((status.customers, status.transitions, status.alerts) == (2, 4, 1))
        #expect(status.lastRecordedAt == Hand.wall)
        #expect(status.nextWakeTick == 20_500)
        #expect(status.filesByState == [.valid: 1])
        #expect(status.deliveriesByState == [.pending: 1])
        #expect(status.oldestPendingDelivery == Hand.wall)
        #expect(status.databaseBytes + status.walBytes > 0)
        #expect(status.sources.map(\.source) == ["shop"])
        #expect(status.sources[0].waiting == 1)
        #expect(status.sources[0].lagSeconds == Hand.wall.secondsFloor - 11 * 86_400)
    }

    @Test func aCustomerIsToldWithPlacesAndActions() throws {
        let reader = try scratch.reader()
        let customer = try #require(try reader.customer(named: "C-1"))
        #expect(customer.placements.map(\.segment) == ["lost", "abroad"])
        #expect(customer.events == 7 && customer.isCustomer && customer.wakeTick == 20_500)
        #expect(try reader.customer(named: "c-1") == nil)
        #expect(try reader.actions(customer: "C-2").map(\.action) == ["Next day", "By phone"])
    }

    @Test func theActiveModelIsKeptAsTextWithItsCuts() throws {
        let active = try #require(try scratch.reader().activeModel())
        #expect(active.yaml == "model: hand\n")
        #expect(active.cuts == ["m": [1, 2.5, 1e300], "empty": []])
        #expect(
            try scratch.reader().texts("SELECT version, name, activated_at, active FROM models")
                == [["v1", "hand", "2026-09-21T14:13:20Z", "1"]])
    }

    @Test func anEarlierVersionCanBeActivatedAgain() throws {
        let second = try store.activateHand(Hand.model(version: "v2"))
        let third = try store.activateHand(Hand.model(version: "v1"))
        #expect(second.modelID != model.modelID && third.modelID == model.modelID)
        #expect(second.segmentIDs == model.segmentIDs)
        #expect(
            try scratch.reader().texts("SELECT version, active FROM models ORDER BY version")
                == [["v1", "1"], ["v2", "0"]])
        #expect(throws: StoreError.self) {
            try store.write {
                try $0.storedModel(
                    model: Hand.model(version: "v2"), comparisons: Hand.comparisons, axis: Hand.axis)
            }
        }
    }

    @Test func recentMovesOfACustomerAreCounted() throws {
        let found = try store.write { transaction in
            try (1...3).map {
                try transaction.latestMoves(customer: 1, segmentation: "value", upToSeq: $0, limit: 2).count
            }
        }
        #expect(found == [1, 2, 1])
    }

    @Test func largeTransactionsBeginABlockOfTheirOwn() throws {
        let blocks = try store.write { transaction in
            try [10, 32_700, 100, 20_000, 200_000].map { try HistoryBlock.take(moves: $0, transaction) }
        }
        #expect(blocks == [1, 1, 2, 2, 3])
    }
}

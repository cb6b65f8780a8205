import DriftModel
import DriftStore
import Testing

/// Alerts, the outbox, groups and what rules remember.
@Suite struct AlertTests {
    let scratch: Scratch
    let store: Store

    init() throws {
        scratch = try Scratch()
        store = try scratch.store()
    }

    static func alert(_ id: String, state: AlertState = .due, dueAt: Instant? = nil, group: Int64? = nil) -> AlertRow {
        AlertRow(
            alertID: id, rule: "slipping", severity: .critical, kind: "transition", state: state, createdAt: Hand.wall,
            effectiveAt: Hand.day(1), dueAt: dueAt, customer: 1, segmentation: "value", from: "gold", to: nil,
            transitionID: 5, groupID: group, groupKey: "gold→", summary: "C-1 gold -> NULL", body: #"{"a":1}"#)
    }

    @Test func theSameFactsMakeOneAlert() throws {
        try store.write { transaction in
            _ = try transaction.insertCustomer(named: "C-1".utf8)
            #expect(try transaction.insertAlert(Self.alert("aa")))
            #expect(try transaction.insertAlert(Self.alert("aa")) == false)
            #expect(try transaction.alert("aa") == Self.alert("aa"))
        }
        #expect(
            try scratch.reader().texts("SELECT * FROM alerts") == [
                [
                    "aa", "slipping", "critical", "2026-09-21T14:13:20Z", "C-1", "value", "gold", "NULL", "transition",
                    "gold→", "due", "NULL", "C-1 gold -> NULL",
                ]
            ])
    }

    @Test func aDeliveryIsTriedUntilItArrives() throws {
        let later = Hand.wall.advanced(bySeconds: 5)
        try store.write { transaction in
            _ = try transaction.insertAlert(Self.alert("aa"))
            #expect(try transaction.insertDelivery(alertID: "aa", destination: "ops", body: [1, 2], dueAt: Hand.wall))
            #expect(
                try transaction.insertDelivery(alertID: "aa", destination: "ops", body: [3], dueAt: Hand.wall) == false)
            #expect(try transaction.dueDeliveries(now: Hand.wall.advanced(bySeconds: -1), limit: 9).isEmpty)
            let due = try transaction.dueDeliveries(now: Hand.wall, limit: 9)
            #expect(due.map(\.body) == [[1, 2]])
            let id = due[0].deliveryID
            try transaction.markSending(id, at: Hand.wall)
            #expect(try transaction.dueDeliveries(now: later, limit: 9).isEmpty)
            try transaction.markFailed(id, error: "503", retryAt: later)
            #expect(try transaction.nextDeliveryDue() == later)
            try transaction.markSending(id, at: later)
            try transaction.markDelivered(id, at: later)
        }
        #expect(
            try scratch.reader().texts("SELECT * FROM deliveries")
                == [["aa", "ops", "delivered", "2", "NULL", "NULL", "2026-09-21T14:13:25Z", "NULL"]])
    }

    @Test func anAttemptCannotBeginTwice() throws {
        try store.write { transaction in
            _ = try transaction.insertAlert(Self.alert("aa"))
            try transaction.insertDelivery(alertID: "aa", destination: "ops", body: [1], dueAt: Hand.wall)
            try transaction.markSending(1, at: Hand.wall)
        }
        #expect(throws: StoreError.self) { try store.write { try $0.markSending(1, at: Hand.wall) } }
    }

    @Test func whatWasBeingSentAtACrashIsSentAgain() throws {
        try store.write { transaction in
            _ = try transaction.insertAlert(Self.alert("aa"))
            try transaction.insertDelivery(alertID: "aa", destination: "ops", body: [1], dueAt: Hand.wall)
            try transaction.markSending(1, at: Hand.wall)
            #expect(try transaction.sendingDeliveries().map(\.alertID) == ["aa"])
            #expect(try transaction.requeueAmbiguous(at: Hand.wall) == 1)
            #expect(try transaction.dueDeliveries(now: Hand.wall, limit: 1).map(\.attempts) == [1])
        }
        // It is counted, per destination.
        let status = try scratch.reader().status()
        let ops = DestinationStatus(
            destination: "ops", deliveriesByState: [.pending: 1], nextAttemptAt: Hand.wall, resent: 1)
        #expect(status.destinations == [ops])
        #expect(status.deliveriesByState == [.pending: 1] && status.oldestPendingDelivery == Hand.wall)
    }

    @Test func aDeadDeliveryComesBackOnRequest() throws {
        try store.write { transaction in
            _ = try transaction.insertAlert(Self.alert("aa"))
            try transaction.insertDelivery(alertID: "aa", destination: "ops", body: [1], dueAt: Hand.wall)
            try transaction.markSending(1, at: Hand.wall)
            try transaction.markFailed(1, error: "410", retryAt: nil)
            #expect(try transaction.nextDeliveryDue() == nil)
            #expect(try transaction.retryFailed(destination: "other", at: Hand.wall).due == 0)
            #expect(try transaction.retryFailed(at: Hand.wall).revived == 1)
            #expect(try transaction.dueDeliveries(now: Hand.wall, destination: "ops", limit: 1).count == 1)
        }
    }

    @Test func aFailedDeliveryNeedNotWaitForItsTurn() throws {
        try store.write { transaction in
            for id in ["aa", "ab"] {
                _ = try transaction.insertAlert(Self.alert(id))
                try transaction.insertDelivery(alertID: id, destination: "ops", body: [1], dueAt: Hand.wall)
            }
            try transaction.markSending(1, at: Hand.wall)
            try transaction.markFailed(1, error: "500", retryAt: Hand.day(30_000))
            try transaction.remember(scope: "disabled", key: "ops", value: "410")
            let retried = try transaction.retryFailed(alertID: "aa", at: Hand.wall)
            #expect(retried.due == 1 && retried.revived == 0)
            #expect(try transaction.dueDeliveries(now: Hand.wall, limit: 9).map(\.attempts).sorted() == [0, 1])
            #expect(try transaction.remembered(scope: "disabled", key: "ops") == nil)
            // Those that were never tried are due as well.
            #expect(try transaction.retryFailed(destination: "ops", at: Hand.wall).due == 2)
            #expect(try transaction.alertIDs(beginningWith: "a", limit: 9) == ["aa", "ab"])
            #expect(try transaction.alertIDs(beginningWith: "ab", limit: 9) == ["ab"])
        }
    }

    @Test func deliveriesOfARemovedDestinationWaitForItsReturn() throws {
        try store.write { transaction in
            _ = try transaction.insertAlert(Self.alert("aa"))
            try transaction.insertDelivery(alertID: "aa", destination: "ops", body: [1], dueAt: Hand.wall)
            #expect(try transaction.reconcileDestinations(["crm"], at: Hand.wall) == (1, 0))
            #expect(try transaction.dueDeliveries(now: Hand.wall, limit: 1).isEmpty)
            #expect(try transaction.reconcileDestinations(["ops"], at: Hand.wall) == (0, 1))
            #expect(try transaction.dueDeliveries(now: Hand.wall, limit: 1).count == 1)
        }
    }

    @Test func aDueTimeFromAWrongClockIsBroughtNear() throws {
        let limit = Hand.wall.advanced(bySeconds: 86_400)
        try store.write { transaction in
            _ = try transaction.insertAlert(Self.alert("aa"))
            try transaction.insertDelivery(
                alertID: "aa", destination: "ops", body: [1], dueAt: Hand.wall.advanced(bySeconds: 90_000_000))
            try transaction.clampDueTimes(to: limit)
            #expect(try transaction.nextDeliveryDue() == limit)
        }
    }

    @Test func aDwellEndsInLogicalTime() throws {
        try store.write { transaction in
            _ = try transaction.insertAlert(Self.alert("aa", state: .waiting, dueAt: Hand.day(3)))
            _ = try transaction.insertAlert(Self.alert("bb", state: .waiting, dueAt: Hand.day(2)))
            #expect(try transaction.nextDwellEnd() == Hand.day(2))
            #expect(try transaction.waitingAlerts(dueBy: Hand.day(3), limit: 9).map(\.alertID) == ["bb", "aa"])
            try transaction.setAlertState("bb", .cancelled)
            #expect(try transaction.waitingAlerts(dueBy: Hand.day(3), limit: 9).map(\.alertID) == ["aa"])
        }
    }

    @Test func aGroupNamesEachCustomerOnceByTheMemberThatIsWorthMost() throws {
        try store.write { transaction in
            let group = try transaction.joinGroup(rule: "r", key: "k", opensAt: Hand.wall, closesAt: Hand.wall)
            let members: [(id: String, customer: Int64, worth: Double?)] = [
                ("aa", 1, 7), ("ab", 2, nil), ("ac", 1, 9), ("ad", 3, 8), ("ae", 2, nil),
            ]
            for member in members {
                var alert = Self.alert(member.id, state: .grouped, group: group.groupID)
                (alert.customer, alert.worth) = (member.customer, member.worth)
                _ = try transaction.insertAlert(alert)
            }
            let summary = try transaction.groupSummary(group.groupID, topMax: 5)
            #expect(summary.count == 5 && summary.customers == 3)
            #expect(summary.top.prefix(2).map(\.alertID) == ["ac", "ad"])
            #expect(summary.top.map(\.customer) == [1, 3, 2])
            #expect(try transaction.groupSummary(group.groupID, topMax: 1).top.map(\.alertID) == ["ac"])
        }
    }

    @Test func aGroupGathersUntilItCloses() throws {
        let end = Hand.wall.advanced(bySeconds: 30)
        try store.write { transaction in
            let first = try transaction.joinGroup(rule: "r", key: "k", opensAt: Hand.wall, closesAt: end)
            let second = try transaction.joinGroup(
                rule: "r", key: "k", opensAt: end, closesAt: end.advanced(bySeconds: 30))
            #expect(first.groupID == second.groupID)
            #expect((second.members, second.closesAt) == (2, end))
            _ = try transaction.insertAlert(Self.alert("aa", state: .grouped))
            try transaction.setAlertGroup("aa", groupID: first.groupID, key: "k")
            #expect(try transaction.closingGroups(by: Hand.wall).isEmpty)
            #expect(try transaction.nextGroupClose() == end)
            #expect(try transaction.closingGroups(by: end).map(\.groupID) == [first.groupID])
            let summary = try transaction.groupSummary(first.groupID, topMax: 5)
            #expect(summary.count == 1)
            #expect(summary.top.map(\.alertID) == ["aa"])
            try transaction.setGroupState(first.groupID, .digested, suppressedBy: "digest dd")
            #expect(try transaction.groupSummary(first.groupID, topMax: 5).count == 0)
            #expect(try transaction.alert("aa")?.suppressedBy == "digest dd")
            try transaction.closeGroup(first.groupID, at: end)
            let third = try transaction.joinGroup(rule: "r", key: "k", opensAt: end, closesAt: end)
            #expect(third.groupID != first.groupID)
        }
    }

    @Test func cooldownsAndMemoryOutliveTheProcess() throws {
        try store.write { transaction in
            try transaction.setCooldown(rule: "r", customer: 1, until: Hand.day(9))
            try transaction.remember(scope: "holds", key: "mix", value: "1")
        }
        try store.close()
        let again = try scratch.store()
        try again.write { transaction in
            #expect(try transaction.cooldownUntil(rule: "r", customer: 1) == Hand.day(9))
            #expect(try transaction.cooldownUntil(rule: "r", customer: 2) == nil)
            #expect(try transaction.remembered(scope: "holds", key: "mix") == "1")
            try transaction.remember(scope: "holds", key: "mix", value: nil)
            #expect(try transaction.allRemembered(scope: "holds").isEmpty)
            try transaction.dropCooldowns(endedBefore: Hand.day(10))
            #expect(try transaction.cooldownUntil(rule: "r", customer: 1) == nil)
        }
        try again.close()
    }

    @Test func aSilenceMatchesWhatItNamesWhileItLasts() throws {
        try store.write { transaction in
            let number = try transaction.insertSilence(
                rule: "r", segmentation: nil, customer: 1, at: Hand.day(1), until: Hand.day(2), by: "ann",
                comment: "known")
            #expect(try transaction.silence(rule: "r", segmentation: "value", customer: 1, at: Hand.day(1)) == number)
            #expect(try transaction.silence(rule: "r", segmentation: "value", customer: 2, at: Hand.day(1)) == nil)
            #expect(try transaction.silence(rule: "q", segmentation: nil, customer: 1, at: Hand.day(1)) == nil)
            #expect(try transaction.silence(rule: "r", segmentation: nil, customer: 1, at: Hand.day(2)) == nil)
        }
    }
}

/// What a destination that keeps states is told again and again.
@Suite struct KeptAlertTests {
    private func put(
        _ id: String, _ kind: String, _ transaction: borrowing StoreTransaction
    ) throws {
        _ = try transaction.insertAlert(
            AlertRow(
                alertID: id, rule: "r", severity: .warning, kind: kind, state: .due, createdAt: Hand.wall, summary: "s")
        )
        try transaction.insertDelivery(alertID: id, destination: "am", body: [1], dueAt: Hand.wall)
        let due = try transaction.dueDeliveries(now: Hand.wall, destination: "am", limit: 9)
        for delivery in due {
            try transaction.markSending(delivery.deliveryID, at: Hand.wall)
            try transaction.markDelivered(delivery.deliveryID, at: Hand.wall)
        }
    }

    private func kept(_ seconds: Int64, _ transaction: borrowing StoreTransaction) throws -> [String] {
        try transaction.keptAlerts("am", holdSeconds: 3_600, now: Hand.wall.advanced(bySeconds: seconds))
            .map { $0.alertID + ($0.endedAt == nil ? "" : " ended") }
    }

    @Test func conditionsAreKeptWhileTheyHoldAndEventsForAnHour() throws {
        let scratch = try Scratch()
        try scratch.store().write { transaction in
            try put("move", "transition", transaction)
            try put("mix", "population", transaction)
            let holding = [
                try kept(60, transaction), try kept(3_700, transaction), try kept(86_400, transaction),
            ]
            #expect(holding == [["mix", "move"], ["mix", "move ended"], ["mix"]])
            try transaction.resolveAlert("mix", at: Hand.wall.advanced(bySeconds: 90_000))
            let ended = [try kept(90_060, transaction), try kept(90_400, transaction)]
            #expect(ended == [["mix ended"], []])
        }
    }
}

import DriftEngine
import DriftModel
import DriftStore
import Foundation
import Testing

@testable import DriftAlerts

/// The same planner over the real database.
@Suite struct StoreLedgerTests {
    private let now = Instant(seconds: 1_300_000_000)

    private func withStore(_ body: (Store, String) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "segdrift-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = try Store.open(path: directory + "/segdrift.sqlite")
        try body(store, directory)
        try store.close()
    }

    private func plan(_ moves: Moves, _ planner: AlertPlanner, _ store: Store) throws -> AlertCounts {
        try store.write { try planner.plan(moves, now: now, ledger: $0) }
    }

    @Test func theSameFactsTwiceMakeOneRowAndOneDelivery() throws {
        try withStore { store, _ in
            let planner = try RetailModel.planner([RetailModel.rule()])
            #expect(try plan(.one(), planner, store).sent == 1)
            #expect(try plan(.one(), planner, store).sent == 0)
            let due = try store.write { try $0.dueDeliveries(now: now, limit: 10) }
            #expect(due.count == 1)
        }
    }

    @Test func aGroupedDwellIsToldThroughItsGroup() throws {
        try withStore { store, _ in
            let planner = try RetailModel.planner([RetailModel.rule(dwellSeconds: 86_400, groupBy: ["to"])])
            #expect(try plan(.one(), planner, store).waiting == 1)
            let counts = try store.write { transaction in
                var counts = try planner.settleDwells(
                    logicalTime: Instant(seconds: 15_001 * 86_400), now: now, ledger: transaction)
                counts += try planner.closeGroups(upTo: nil, now: now, ledger: transaction)
                return counts
            }
            #expect(counts.grouped == 1)
            #expect(counts.sent == 1)
        }
    }

    @Test func fromTheMoveToTheLineInTheFile() throws {
        try withStore { store, directory in
            _ = try plan(.one(), try RetailModel.planner([RetailModel.rule()]), store)
            let path = directory + "/alerts.ndjson"
            let dispatcher = Dispatcher(
                sinks: [("log", FileSink(path: path))], outbox: store,
                own: OwnAlerts(instance: "test", destinations: []),
                jitter: { 0 })
            #expect(try dispatcher.recover(configured: ["log"], now: now) == 0)
            #expect(try dispatcher.flush(now: now).delivered == 1)
            #expect(try dispatcher.flush(now: now).delivered == 0)
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 1)
            #expect(lines.first?.hasPrefix(#"{"specversion":"1.0","id":""#) == true)
        }
    }

    @Test func deliveriesOfARemovedDestinationWaitUntilItComesBack() throws {
        try withStore { store, directory in
            _ = try plan(.one(), try RetailModel.planner([RetailModel.rule()]), store)
            let sink = FileSink(path: directory + "/alerts.ndjson")
            let dispatcher = Dispatcher(
                sinks: [("log", sink)], outbox: store, own: OwnAlerts(instance: "test", destinations: []),
                jitter: { 0 })
            _ = try dispatcher.recover(configured: ["other"], now: now)
            #expect(try dispatcher.flush(now: now).delivered == 0)
            _ = try dispatcher.recover(configured: ["log"], now: now)
            #expect(try dispatcher.flush(now: now).delivered == 1)
        }
    }

    @Test func aKillBetweenWritingAndNotingMakesNoSecondLine() throws {
        try withStore { store, directory in
            _ = try plan(.one(), try RetailModel.planner([RetailModel.rule()]), store)
            let sink = FileSink(path: directory + "/alerts.ndjson")
            // The first process: taken and written, then gone before it could note so.
            #expect(sink.send(try store.takeDue(destination: "log", now: now, limit: 10)) == [.delivered])
            let dispatcher = Dispatcher(
                sinks: [("log", sink)], outbox: store, own: OwnAlerts(instance: "test", destinations: []),
                jitter: { 0 })
            #expect(try dispatcher.recover(configured: ["log"], now: now) == 1)
            #expect(try dispatcher.flush(now: now).delivered == 1)
            let lines = try String(contentsOfFile: directory + "/alerts.ndjson", encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 1)
        }
    }
}

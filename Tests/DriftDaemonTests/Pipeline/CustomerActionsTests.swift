import DriftAlerts
import DriftIntake
import DriftModel
import DriftStore
import Foundation
import Testing

@testable import DriftDaemon

/// The view `customer_actions` against ``ActionPlan``: two ways to the same answer, one in SQL, one in Swift.
@Suite struct CustomerActionsTests {
    /// Three segmentations over the same customers, their playbooks drawn at random from few areas and few texts.
    static func model(seed: UInt64) -> String {
        var random = SeededGenerator(state: seed)
        let areas = ["sales.scripts", "fulfilment.delivery", "service.support", "product.pricing"]
        let playbooks = (0..<5).map { number in
            let chosen = areas.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))
            let entries = chosen.map { "\($0): Way \(Int.random(in: 1...3, using: &random))" }
            return "  p\(number): {\(entries.joined(separator: ", "))}"
        }
        func named() -> String {
            let list = (0..<5).shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random))
            return "playbooks: [\(list.map { "p\($0)" }.joined(separator: ", "))]"
        }
        return """
            model: wishes
            timezone: UTC
            events:
              purchase: {fields: {amount: number}}
              visit: {}
            population: {customer: "orders >= 1"}
            features:
              orders: {count: purchase}
              spend: {sum: amount, of: purchase}
              visits: {count: visit}
            segmentations:
              orders:
                segments:
                  - {id: many, when: "orders >= 3", \(named())}
                  - {id: few, otherwise: true, \(named())}
              spend:
                segments:
                  - {id: high, when: "spend >= 60", \(named())}
                  - {id: middle, when: "spend >= 30", \(named())}
                  - {id: low, otherwise: true, \(named())}
              visits:
                segments:
                  - {id: visitor, when: "visits >= 1", \(named())}
                  - {id: absent, otherwise: true, \(named())}
            playbooks:
            \(playbooks.joined(separator: "\n"))
            on_transition:
              - {segmentation: orders, to: [many], do: {sales.leads: Say thank you}}
              - {segmentation: spend, from: [low, middle], to: [high], do: {sales.leads: Say thank you, sales.upsell: Invite}}
            alerts:
              - {name: of_orders, on: transition, segmentation: orders, severity: info, notify: [ops]}
              - {name: of_spend, on: transition, segmentation: spend, severity: info, notify: [ops]}
              - {name: of_visits, on: transition, segmentation: visits, severity: info, notify: [ops]}
            """
    }

    /// Sixty records of fifteen customers.
    static func records(seed: UInt64) -> String {
        var random = SeededGenerator(state: seed &+ 1_000)
        let lines = (0..<60).map { number in
            let type = Int.random(in: 0...4, using: &random) == 0 ? "visit" : "purchase"
            let minute = number < 10 ? "0\(number)" : "\(number)"
            return "c\(Int.random(in: 1...15, using: &random)),\(type),2026-01-01 09:\(minute):00,\(number),"
                + "\(Int.random(in: 5...25, using: &random))"
        }
        return "customer,type,at,id,amount\n" + lines.joined(separator: "\n") + "\n"
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func theViewSaysWhatThePlanOfEveryCustomerSays(seed: UInt64) async throws {
        let place = try Workplace(model: Self.model(seed: seed), sources: "  - {name: shop, format: csv}")
        try place.drop("1.csv", Self.records(seed: seed))
        try await place.run()

        let reader = try StoreReader.open(path: place.databasePath)
        let (model, _) = try ModelLoader.load(
            text: Self.model(seed: seed), file: "model.yaml", zones: SystemZones().lookup)
        let names = try reader.customerNames(from: "c", limit: 100)
        #expect(names.count >= 10)
        var all = 0
        for name in names {
            let detail = try #require(try reader.customer(named: name))
            let segments = model.segmentations.map { segmentation -> Int32? in
                let id = detail.placements.first { $0.segmentation == segmentation.name }?.segment
                return segmentation.segments.firstIndex { $0.id == id }.map(Int32.init)
            }
            let plan = ActionPlan(model: model, segments: segments)
            let seen = try reader.actions(customer: name)
            let wanted = plan.actions.map { "\($0.area): \($0.action) (\($0.playbook ?? ""), \($0.segmentation))" }
            #expect(
                seen.map { "\($0.area): \($0.action) (\($0.playbook), \($0.segmentation))" }.sorted()
                    == wanted.sorted(),
                "\(name), seed \(seed)")
            all += wanted.count
        }
        #expect(try reader.query("SELECT * FROM customer_actions").rows.count == all)
        let combinations = try reader.segmentCombinations()
        #expect(combinations.reduce(0) { $0 + $1.customers } == Int64(names.count))
        #expect(combinations.allSatisfy { $0.segments.count == 3 })
        try reader.close()
    }

    /// What an alert says of a move.
    private struct Event: Decodable {
        struct Body: Decodable {
            struct Action: Decodable, Hashable {
                var area: String
                var action: String
            }
            struct Change: Decodable, Hashable {
                var area: String
                var from: String
                var to: String
            }
            struct Actions: Decodable {
                var start: [Action]
                var stop: [Action]
                var change: [Change]
            }
            var summary: String
            var customer: String
            var segmentation: String
            var seq: Int64
            var actions: Actions
        }
        var type: String
        var data: Body
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func everyAlertOfARealRunTellsWhatItsMoveStartsStopsAndChanges(seed: UInt64) async throws {
        let place = try Workplace(model: Self.model(seed: seed), sources: "  - {name: shop, format: csv}")
        try place.drop("1.csv", Self.records(seed: seed))
        try await place.run()
        let (model, _) = try ModelLoader.load(
            text: Self.model(seed: seed), file: "model.yaml", zones: SystemZones().lookup)
        let expected = try Self.differences(place, model)
        let lines = try String(contentsOf: place.root.appendingPathComponent("alerts.ndjson"), encoding: .utf8)
        var compared = 0
        for line in lines.split(separator: "\n") where line.contains("segdrift.transition.v1") {
            let event = try JSONDecoder().decode(Event.self, from: Data(line.utf8))
            let told = event.data.actions
            let key = "\(event.data.customer) \(event.data.segmentation) \(event.data.seq)"
            let difference = try #require(expected[key], "\(key)")
            #expect(told.start.map(\.action) == difference.start.map(\.action), "\(key), seed \(seed)")
            #expect(told.stop.map(\.action) == difference.stop.map(\.action), "\(key), seed \(seed)")
            #expect(told.change.map(\.to) == difference.change.map(\.to), "\(key), seed \(seed)")
            #expect(told.change.map(\.from) == difference.change.map(\.from), "\(key), seed \(seed)")
            for (word, isEmpty) in [
                ("Start:", told.start.isEmpty), ("Stop:", told.stop.isEmpty), ("Change:", told.change.isEmpty),
            ] {
                #expect(event.data.summary.contains(word) == !isEmpty, "\(event.data.summary)")
            }
            compared += 1
        }
        #expect(compared >= 20, "seed \(seed)")
    }

    /// The difference of every move in the database, worked out from the history alone.
    private static func differences(_ place: Workplace, _ model: Model) throws -> [String: ActionDifference] {
        let reader = try StoreReader.open(path: place.databasePath)
        defer { try? reader.close() }
        let rows = try reader.query(
            "SELECT customer, segmentation, seq, to_segment FROM transitions ORDER BY transition_id"
        ).rows
        var segments: [String: [Int32?]] = [:]
        var found: [String: ActionDifference] = [:]
        for row in rows {
            guard case .text(let customer) = row[0], case .text(let name) = row[1], case .integer(let seq) = row[2],
                let number = model.segmentations.firstIndex(where: { $0.name == name })
            else { continue }
            let known = model.segmentations[number].segments
            var id: String?
            if case .text(let text) = row[3] { id = text }
            var now = segments[customer] ?? model.segmentations.map { _ in nil }
            let from = now[number]
            let to = known.firstIndex { $0.id == id }.map(Int32.init)
            now[number] = to
            segments[customer] = now
            found["\(customer) \(name) \(seq)"] = ActionDifference.of(
                Move(segmentation: number, from: from, to: to, direction: nil, cause: .event), segmentsAfter: now,
                model: model)
        }
        return found
    }
}

/// SplitMix64: the same numbers on every machine.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

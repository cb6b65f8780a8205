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
            """
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func theViewSaysWhatThePlanOfEveryCustomerSays(seed: UInt64) async throws {
        let place = try Workplace(model: Self.model(seed: seed), sources: "  - {name: shop, format: csv}")
        var random = SeededGenerator(state: seed &+ 1_000)
        let lines = (1...60).map { number in
            let type = Int.random(in: 0...4, using: &random) == 0 ? "visit" : "purchase"
            let minute = number < 10 ? "0\(number)" : "\(number)"
            return
                "c\(Int.random(in: 1...15, using: &random)),\(type),2026-01-01 09:\(minute == "60" ? "59" : minute):00,"
                + "\(number),\(Int.random(in: 5...25, using: &random))"
        }
        try place.drop("1.csv", "customer,type,at,id,amount\n" + lines.joined(separator: "\n") + "\n")
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

import DriftAlerts
import DriftModel

/// A small generator with a seed (SplitMix64): the same models on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}

/// Models of segments and playbooks only: few areas and few texts, so that playbooks often meet.
enum RandomPlaybooks {
    static let areas: [ActionArea] = [.salesScripts, .fulfilmentDelivery, .serviceSupport, .productPricing]

    static func model(_ random: inout SeededGenerator) -> Model {
        let playbooks = (0..<random.int(1...6)).map { number in
            Playbook(
                name: "p\(number)",
                actions: areas.shuffled(using: &random).prefix(random.int(1...3)).map {
                    Action(area: $0, text: "way \(random.int(1...4))")
                })
        }
        let segmentations = (0..<random.int(1...4)).map { number in
            Segmentation(
                name: "g\(number)", title: nil,
                segments: (0..<random.int(1...4)).map { index in
                    let named = Array(playbooks.indices).shuffled(using: &random).prefix(random.int(0...3))
                    return Segment(
                        id: "s\(index)", title: nil, rank: random.int(0...3) == 0 ? nil : random.int(1...3), when: nil,
                        stay: nil, playbooks: Array(named))
                }, nearest: nil)
        }
        let onTransition = (0..<random.int(0...4)).map { _ in
            let segmentation = random.int(0...segmentations.count - 1)
            return TransitionActions(
                match: MoveMatch(
                    segmentation: segmentation, from: sides(segmentations[segmentation], &random),
                    to: sides(segmentations[segmentation], &random),
                    direction: random.int(0...3) == 0 ? .down : nil),
                actions: [Action(area: areas[random.int(0...3)], text: "once \(random.int(1...2))")])
        }
        return Model(
            name: "random", title: nil, timezone: "UTC", grain: .day, eventTypes: [], attributes: [], fields: [],
            features: [], population: nil, segmentations: segmentations, playbooks: playbooks,
            onTransition: onTransition, alerts: [], assumptions: [], dedupeTicks: 30, alertAgeSeconds: 0,
            valueFeature: nil, version: "v", source: "", cuts: [:])
    }

    private static func sides(_ segmentation: Segmentation, _ random: inout SeededGenerator) -> [SegmentMatch]? {
        if random.int(0...1) == 0 { return nil }
        return (0..<random.int(1...2)).map { _ in
            let place = random.int(0...segmentation.segments.count)
            return place == segmentation.segments.count ? .null : .segment(place)
        }
    }

    /// A segment of each segmentation, or none.
    static func segments(_ model: Model, _ random: inout SeededGenerator) -> [Int32?] {
        model.segmentations.map { segmentation in
            let place = random.int(0...segmentation.segments.count)
            return place == segmentation.segments.count ? nil : Int32(place)
        }
    }
}

/// Actions worked out by walking over every area and asking everybody in turn: slow, and plain to see.
enum PlaybookOracle {
    /// All that is asked for in an area, in the order in which it counts.
    static func wishes(_ model: Model, _ segments: [Int32?], _ area: ActionArea) -> [EffectiveAction] {
        var found: [EffectiveAction] = []
        for (number, segment) in segments.enumerated() {
            guard let segment else { continue }
            for index in model.segmentations[number].segments[Int(segment)].playbooks {
                for action in model.playbooks[index].actions where action.area == area {
                    found.append(
                        EffectiveAction(
                            area: area.rawValue, action: action.text, playbook: model.playbooks[index].name,
                            segmentation: model.segmentations[number].name))
                }
            }
        }
        return found
    }

    static func texts(_ model: Model, _ segments: [Int32?]) -> [String: String] {
        var result: [String: String] = [:]
        for area in ActionArea.allCases {
            if let first = wishes(model, segments, area).first { result[area.rawValue] = first.action }
        }
        return result
    }

    /// What the entries of `on_transition` ask for at a move.
    static func extras(
        _ model: Model, segmentation: Int, from: Int32?, to: Int32?, direction: Direction?
    ) -> [String] {
        var found: [String] = []
        for entry in model.onTransition where entry.match.segmentation == segmentation {
            func allows(_ list: [SegmentMatch]?, _ segment: Int32?) -> Bool {
                guard let list else { return true }
                for item in list {
                    switch item {
                    case .null: if segment == nil { return true }
                    case .segment(let index): if segment == Int32(index) { return true }
                    }
                }
                return false
            }
            guard allows(entry.match.from, from), allows(entry.match.to, to),
                entry.match.direction == nil || entry.match.direction == direction
            else { continue }
            for action in entry.actions {
                let text = "\(action.area.rawValue): \(action.text)"
                if !found.contains(text) { found.append(text) }
            }
        }
        return found
    }
}

import DriftEngine
import DriftModel
import Glibc

/// Evaluates a model from scratch, at every event and every tick, from the list of all accepted events. Shares
/// with the engine the parsed model and the evaluator of expressions, nothing else; slow on purpose.
struct Oracle {
    let model: Model
    let axis: TimeAxis
    /// Accepted, in order of application.
    var records: [TestRecord] = []
    var current: [Int?]
    var seq: [Int]
    var lastEffectiveAt: Instant?
    /// Evaluated up to here.
    var position: Tick = 0
    var log: [LogLine] = []

    init(_ builder: ModelBuilder) {
        model = builder.model
        axis = builder.axis
        current = Array(repeating: nil, count: model.segmentations.count)
        seq = Array(repeating: 0, count: model.segmentations.count)
    }

    var front: Tick? {
        guard let event = records.map({ axis.tick(of: $0.at) }).max() else { return nil }
        return max(event, lastEffectiveAt.map { axis.tick(of: $0) } ?? event)
    }

    // MARK: Life

    mutating func apply(_ record: TestRecord, logicalBefore: Instant) -> RecordClass {
        if record.events.isEmpty { return .ignored }
        let logicalTick = axis.tick(of: logicalBefore)
        walk(to: logicalTick)
        let tick = axis.tick(of: record.at)
        let isLate = front.map { tick < $0 } ?? false
        if let refusal = refusal(record, isLate: isLate) { return refusal }
        if isLate, let front {
            let at = max(front, logicalTick)
            let before = row(at: at)
            records.append(record)
            evaluate(at, before: before, .late, max(logicalBefore, lastEffectiveAt ?? logicalBefore))
            return .accepted
        }
        if !records.isEmpty { walk(to: tick) }
        let before = row(at: tick)
        records.append(record)
        evaluate(tick, before: before, .event, max(record.at, lastEffectiveAt ?? record.at))
        position = tick
        walk(to: logicalTick)
        return .accepted
    }

    mutating func walk(to tick: Tick) {
        guard !records.isEmpty, position < tick else { return }
        for next in (position + 1)...tick {
            let start = axis.start(of: next)
            evaluate(next, before: row(at: next - 1), .time, max(start, lastEffectiveAt ?? start))
        }
        position = tick
    }

    private func refusal(_ record: TestRecord, isLate: Bool) -> RecordClass? {
        guard let front else { return nil }
        let tick = axis.tick(of: record.at)
        if let id = record.id {
            if isLate, Int(tick) < Int(front) - Int(model.dedupeTicks) { return .beyondHorizon }
            let seen = records.last {
                $0.id == id && Int(axis.tick(of: $0.at)) >= Int(front) - Int(model.dedupeTicks)
            }
            if let seen { return seen.content == record.content ? .duplicate : .conflict }
        }
        guard isLate else { return nil }
        let selections = model.features.compactMap(\.selection)
        let longest = selections.compactMap(\.windowTicks).max() ?? 0
        if tick > front - longest { return nil }
        for event in record.events {
            if !model.eventTypes[event.type].sets.isEmpty { return nil }
            let isNeeded = model.features.contains {
                guard let selection = $0.selection, selection.types.contains(event.type) else { return false }
                return selection.windowTicks == nil
            }
            if isNeeded { return nil }
        }
        return .beyondHorizon
    }

    private mutating func evaluate(_ tick: Tick, before: OracleRow, _ cause: Cause, _ effectiveAt: Instant) {
        let after = row(at: tick)
        let targets = segments(after)
        for index in targets.indices where targets[index] != current[index] {
            seq[index] += 1
            let inputs = involved(index, current[index], targets[index])
            log.append(
                LogLine(
                    segmentation: index, seq: seq[index], from: current[index], to: targets[index],
                    effectiveAt: effectiveAt, cause: cause, inputs: inputs, before: inputs.map { before.values[$0] },
                    after: inputs.map { after.values[$0] },
                    flips: flips(index, current[index], targets[index], before, after)))
            current[index] = targets[index]
            lastEffectiveAt = effectiveAt
        }
    }

    // MARK: Rules

    func segments(_ row: OracleRow) -> [Int?] {
        let isCustomer = model.population.map { row.evaluate($0.program) == .boolean(true) } ?? true
        return model.segmentations.indices.map { isCustomer ? segment($0, row) : nil }
    }

    private func segment(_ index: Int, _ row: OracleRow) -> Int? {
        let segmentation = model.segmentations[index]
        if let nearest = segmentation.nearest {
            let distances = nearest.centroids.map { centroid in
                zip(nearest.inputs, centroid).map { input, center in
                    var value = input.mean
                    if case .number(let number) = row.values[input.feature] { value = number }
                    return ((value - center) / input.scale) * ((value - center) / input.scale)
                }.reduce(0, +)
            }
            return distances.firstIndex(of: distances.min() ?? 0)
        }
        return segmentation.segments.indices.first { position in
            let segment = segmentation.segments[position]
            guard let when = segment.when else { return true }
            if row.evaluate(when.program) == .boolean(true) { return true }
            guard current[index] == position, let stay = segment.stay else { return false }
            return row.evaluate(stay.program) == .boolean(true)
        }
    }

    private func rules(_ index: Int, _ from: Int?, _ to: Int?) -> [Condition] {
        var rules = model.population.map { [$0] } ?? []
        for position in 0..<(max(from ?? -1, to ?? -1) + 1) {
            let segment = model.segmentations[index].segments[position]
            rules += segment.when.map { [$0] } ?? []
            if from == position { rules += segment.stay.map { [$0] } ?? [] }
        }
        return rules
    }

    private func involved(_ index: Int, _ from: Int?, _ to: Int?) -> [Int] {
        var found = Set(rules(index, from, to).flatMap(\.inputs))
        for input in model.segmentations[index].nearest?.inputs ?? [] { found.insert(input.feature) }
        var size = 0
        while size != found.count {
            size = found.count
            for feature in found { found.formUnion(model.features[feature].dependencies) }
        }
        return found.sorted()
    }

    private func flips(_ index: Int, _ from: Int?, _ to: Int?, _ before: OracleRow, _ after: OracleRow) -> [Int] {
        // Positions in the list of all comparisons: the population's, then each segment's `when` and `stay`.
        var number = 0
        var found: [Int] = []
        func look(_ condition: Condition?, _ isInvolved: Bool) {
            for comparison in condition?.comparisons ?? [] {
                let (was, isNow) = (before.evaluate(comparison.program), after.evaluate(comparison.program))
                if isInvolved, (was == .boolean(true)) != (isNow == .boolean(true)) { found.append(number) }
                number += 1
            }
        }
        look(model.population, true)
        for (group, segmentation) in model.segmentations.enumerated() {
            for (position, segment) in segmentation.segments.enumerated() {
                let isInvolved = group == index && position <= max(from ?? -1, to ?? -1)
                look(segment.when, isInvolved)
                look(segment.stay, isInvolved && from == position)
            }
        }
        return found
    }

    func row(at tick: Tick) -> OracleRow {
        var row = OracleRow()
        for feature in model.features { row.values.append(value(feature.kind, tick, row)) }
        return row
    }
}

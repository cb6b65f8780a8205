public import DriftModel

extension Engine {
    /// Why a customer is where it is at a tick, what comes next, and what one more event would do.
    /// - Parameter tick: Not before the customer's latest event; earlier ones are moved there.
    public func explain(_ state: CustomerState, at tick: Tick) -> Explanation {
        var scratch = EngineScratch()
        let tick = max(tick, state.front)
        fill(&scratch.row, allFeatures, of: state, at: tick, &scratch.evaluator)
        let typical = model.eventTypes.indices.map { classify(afterOneMore: $0, state, tick) }
        let explained = model.segmentations.indices.map {
            explain($0, state, &scratch, afterOneMore: typical)
        }
        return Explanation(
            tick: tick, isCustomer: state.isCustomer, segmentations: explained,
            features: scratch.row.cells.map { scratch.row.value($0) })
    }

    private func explain(
        _ index: Int, _ state: CustomerState, _ scratch: inout EngineScratch, afterOneMore typical: [[Int32?]]
    ) -> Explanation.OfSegmentation {
        let placement = state.placements[index]
        let inputs = rules[index].features.map { input($0, of: index, scratch.row) }
        let (rule, heldByStay) = rule(index, placement.segment, &scratch)
        return Explanation.OfSegmentation(
            segment: placement.segment, rule: rule, heldByStay: heldByStay, since: placement.since, inputs: inputs,
            next: placement.next ?? found(index, state, &scratch), returns: returns(index, placement.segment, typical))
    }

    /// The next change that a search which stopped early has not found yet.
    private func found(_ index: Int, _ state: CustomerState, _ scratch: inout EngineScratch) -> NextChange? {
        guard let searched = state.searchedThrough else { return nil }
        let limit = searchLimit(front: state.front, after: state.front)
        return search(
            index, state, after: searched, through: limit, isBounded: true, isRowCurrent: false, &scratch
        ).next
    }

    /// The rule that puts the customer where it is.
    private func rule(_ index: Int, _ segment: Int32?, _ scratch: inout EngineScratch) -> (String?, Bool) {
        guard let segment, model.segmentations[index].nearest == nil else { return (nil, false) }
        let rules = model.segmentations[index].segments[Int(segment)]
        guard let when = rules.when else { return ("otherwise", false) }
        let holds = evaluate(when.program, scratch.row, &scratch.evaluator)
        guard !holds.isTrue, let stay = rules.stay else { return (when.text, false) }
        return (stay.text, true)
    }

    /// An input with the nearest of the constants that rules of the segmentation (or the population) compare it with.
    private func input(_ feature: Int32, of index: Int, _ row: borrowing Row) -> Explanation.Input {
        let cell = row.cells[Int(feature)]
        var input = Explanation.Input(feature: feature, value: row.value(cell), boundary: nil, margin: nil)
        for boundary in boundaries(feature, of: index) {
            guard cell.tag == .number else {
                input.boundary = input.boundary ?? boundary
                continue
            }
            let margin = boundary - cell.number
            if margin.magnitude < input.margin?.magnitude ?? .infinity {
                (input.boundary, input.margin) = (boundary, margin)
            }
        }
        return input
    }

    /// The numbers at which a feature may change what rules say: constants it is compared with, in the order of the
    /// rules.
    private func boundaries(_ feature: Int32, of index: Int) -> [Double] {
        var found: [Double] = []
        for entry in comparisons where entry.segmentation ?? Int32(index) == Int32(index) {
            if entry.comparison.subjectFeature == Int(feature) { found += entry.comparison.bounds }
        }
        return found
    }

    // MARK: One more event

    /// The segments after one more typical event of a type at a tick, per segmentation.
    ///
    /// Typical: it passes every filter of its type, its number in each sum is the average of what the state holds
    /// there, and its other values are new to what counts distinct ones. No event is stored for this.
    private func classify(afterOneMore type: Int, _ state: CustomerState, _ tick: Tick) -> [Int32?] {
        var future = state
        var scratch = EngineScratch()
        let at = max(axis.start(of: tick), state.lastEventAt ?? axis.start(of: tick))
        future.front = max(future.front, tick)
        for series in layout.seriesOfType[type] {
            let effect = typicalEffect(Int(series), state)
            apply(effect, at: at, tick: tick, to: &future, state.text.span)
        }
        fill(&scratch.row, ruleFeatures, of: future, at: tick, &scratch.evaluator)
        _ = classify(scratch.row, future, &scratch.evaluator, into: &scratch.targets)
        return scratch.targets
    }

    private func typicalEffect(_ series: Int, _ state: CustomerState) -> Effect {
        var effect = Effect(series: Int32(series))
        switch layout.series[series].shape {
        case .tally, .decay:
            let total = state.series[series].total
            let (values, sum) = total.values > 0 ? (total.values, total.sum) : state.series[series].sum(from: 0)
            if values > 0 {
                effect.hasMicros = true
                effect.micros = Int64(clamping: sum / Int128(values))
            }
        case .distinct: effect.cell = unseen(layout.series[series].valueType)
        case .first, .last: effect.cell = state.series[series].single?.cell ?? .null
        }
        return effect
    }

    /// A value no customer has.
    private func unseen(_ type: ValueType?) -> Cell {
        switch type {
        case .number: Cell(tag: .number, bits: UInt64.max)
        case .text: .text(offset: 0, count: 0)
        case .boolean: .boolean(true)
        case .date: .date(.max)
        case .timestamp: .timestamp(Instant(microseconds: .max))
        case nil: .null
        }
    }

    private func returns(_ index: Int, _ current: Int32?, _ typical: [[Int32?]]) -> [Explanation.Return] {
        let segments = model.segmentations[index].segments
        var found: [Explanation.Return] = []
        for (type, targets) in typical.enumerated() {
            guard let target = targets[index], target != current else { continue }
            let isBetter = direction(segmentation: index, from: current, to: target) == .up || current == nil
            let isUnranked = segments.allSatisfy { $0.rank == nil }
            if isBetter || isUnranked { found.append(Explanation.Return(eventType: type, segment: target)) }
        }
        return found.sorted { (segments[Int($0.segment)].rank ?? 0) < (segments[Int($1.segment)].rank ?? 0) }
    }
}

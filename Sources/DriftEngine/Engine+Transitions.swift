public import DriftModel

/// What one evaluation is about, for the transitions it may bring.
struct Occasion {
    var customer: Int64
    var cause: Cause
    var effectiveAt: Instant
    /// Index into the batch's records.
    var record: Int?
}

extension Engine {
    /// Works out where a customer belongs by a row: NULL or a segment, per segmentation.
    func classify(
        _ row: borrowing Row, _ state: borrowing CustomerState, _ evaluator: inout Evaluator,
        into targets: inout [Int32?]
    ) -> Bool {
        targets.removeAll(keepingCapacity: true)
        let isCustomer = isCustomer(row, &evaluator)
        for index in model.segmentations.indices {
            let current = state.placements[index].segment
            targets.append(place(index, current: current, row, isCustomer: isCustomer, &evaluator))
        }
        return isCustomer
    }

    /// Writes a transition for each segmentation in which the row's segment differs from the current one.
    /// - Parameters:
    ///   - scratch: Its `row` and `beforeRow` are the states after and before, both evaluated.
    ///   - tick: The tick of the row.
    /// - Returns: Whether there was any.
    func move(
        _ state: inout CustomerState, _ occasion: Occasion, tick: Tick, _ scratch: inout EngineScratch,
        _ outcome: inout Outcome
    ) -> Bool {
        state.isCustomer = classify(scratch.row, state, &scratch.evaluator, into: &scratch.targets)
        var hasMoved = false
        for index in scratch.targets.indices where scratch.targets[index] != state.placements[index].segment {
            if !hasMoved, !alertFeatures.isEmpty {
                extend(&scratch.row, alertFeatures, of: state, at: tick, &scratch.evaluator)
            }
            hasMoved = true
            write(index, to: scratch.targets[index], &state, occasion, &scratch, &outcome)
        }
        if hasMoved {
            state.lastEffectiveAt = occasion.effectiveAt
            state.front = max(state.front, axis.tick(of: occasion.effectiveAt))
        }
        return hasMoved
    }

    private func write(
        _ index: Int, to target: Int32?, _ state: inout CustomerState, _ occasion: Occasion,
        _ scratch: inout EngineScratch, _ outcome: inout Outcome
    ) {
        let from = state.placements[index].segment
        let firstInput = outcome.inputFeatures.count
        for feature in inputFeatures(segmentation: index, from: from, to: target) {
            outcome.inputFeatures.append(feature)
            outcome.before.append(outcome.adopt(scratch.beforeRow.cells[Int(feature)], scratch.beforeRow.text.span))
            outcome.after.append(outcome.adopt(scratch.row.cells[Int(feature)], scratch.row.text.span))
        }
        let firstFlip = outcome.flips.count
        writeFlips(index, from: from, to: target, &scratch, &outcome)
        var transition = Transition(
            customer: occasion.customer, segmentation: Int32(index), seq: state.placements[index].seq + 1, from: from,
            to: target, effectiveAt: occasion.effectiveAt, cause: occasion.cause, record: occasion.record,
            inputs: firstInput..<outcome.inputFeatures.count, flips: firstFlip..<outcome.flips.count)
        writeAlerts(index, &transition, &scratch, &outcome)
        outcome.transitions.append(transition)
        state.placements[index].segment = target
        state.placements[index].seq += 1
        state.placements[index].since = occasion.effectiveAt
        state.placements[index].next = nil
    }

    // MARK: Flips

    private func writeFlips(
        _ index: Int, from: Int32?, to: Int32?, _ scratch: inout EngineScratch, _ outcome: inout Outcome
    ) {
        for comparison in populationComparisons { writeFlip(comparison, &scratch, &outcome) }
        let last = Int(max(from ?? -1, to ?? -1))
        guard last >= 0 else { return }
        for segment in 0...last {
            for comparison in rules[index].when[segment] { writeFlip(comparison, &scratch, &outcome) }
            guard from == Int32(segment) else { continue }
            for comparison in rules[index].stay[segment] { writeFlip(comparison, &scratch, &outcome) }
        }
    }

    private func writeFlip(_ index: Int, _ scratch: inout EngineScratch, _ outcome: inout Outcome) {
        if let simple = simple[index] {
            let (before, after) = (
                scratch.beforeRow.cells[Int(simple.feature)], scratch.row.cells[Int(simple.feature)]
            )
            guard simple.isTrue(before) != simple.isTrue(after) else { return }
            outcome.flips.append(
                Flip(comparison: Int32(index), before: before, after: after, limit: .number(simple.limit)))
            return
        }
        let comparison = comparisons[index].comparison
        let before = evaluate(comparison.program, scratch.beforeRow, &scratch.evaluator).isTrue
        let after = evaluate(comparison.program, scratch.row, &scratch.evaluator).isTrue
        guard before != after else { return }
        let subjectBefore = owned(comparison.subject, scratch.beforeRow, &scratch.evaluator, &outcome)
        let subjectAfter = owned(comparison.subject, scratch.row, &scratch.evaluator, &outcome)
        let limit = comparison.limit.map { owned($0, scratch.row, &scratch.evaluator, &outcome) } ?? .null
        outcome.flips.append(
            Flip(comparison: Int32(index), before: subjectBefore, after: subjectAfter, limit: limit))
    }

    func evaluate(_ program: Program, _ row: borrowing Row, _ evaluator: inout Evaluator) -> Cell {
        evaluator.evaluate(program, inputs: row.cells.span, bytes: row.text.span)
    }

    /// A program's value with its text in the outcome.
    private func owned(
        _ program: Program, _ row: borrowing Row, _ evaluator: inout Evaluator, _ outcome: inout Outcome
    ) -> Cell {
        evaluator.reset()
        let cell = evaluate(program, row, &evaluator)
        guard cell.tag == .text else { return cell }
        let offset = outcome.text.count
        evaluator.append(cell, of: program, bytes: row.text.span, to: &outcome.text)
        return .text(offset: offset, count: outcome.text.count - offset)
    }

    // MARK: Alerts

    /// Notes which alert rules the move meets, with the features as they are after it, and what the customer is worth.
    private func writeAlerts(
        _ index: Int, _ transition: inout Transition, _ scratch: inout EngineScratch, _ outcome: inout Outcome
    ) {
        if let feature = model.valueFeature, scratch.row.cells[feature].tag == .number {
            transition.worth = scratch.row.cells[feature].number
        }
        let first = outcome.alertRules.count
        for rule in alertRules[index] {
            guard case .transition(let transitionRule) = model.alerts[Int(rule)].kind,
                matches(transitionRule.match, transition)
            else { continue }
            if let when = transitionRule.when, !evaluate(when.program, scratch.row, &scratch.evaluator).isTrue {
                continue
            }
            outcome.alertRules.append(rule)
        }
        transition.alertRules = first..<outcome.alertRules.count
    }

    private func matches(_ match: MoveMatch, _ transition: Transition) -> Bool {
        func includes(_ list: [SegmentMatch]?, _ segment: Int32?) -> Bool {
            guard let list else { return true }
            return list.contains(segment.map { .segment(Int($0)) } ?? .null)
        }
        guard includes(match.from, transition.from), includes(match.to, transition.to) else { return false }
        if let causes = match.causes, !causes.contains(transition.cause) { return false }
        guard let wanted = match.direction else { return true }
        return direction(segmentation: match.segmentation, from: transition.from, to: transition.to) == wanted
    }
}

extension Engine {
    /// How a move relates to the segments' ranks; nil when a rank is missing or a side is NULL.
    public func direction(segmentation: Int, from: Int32?, to: Int32?) -> Direction? {
        let segments = model.segmentations[segmentation].segments
        guard let from, let to, let before = segments[Int(from)].rank, let after = segments[Int(to)].rank else {
            return nil
        }
        return after < before ? .up : after > before ? .down : .sideways
    }
}

extension Outcome {
    /// A cell with its text copied into the outcome.
    mutating func adopt(_ cell: Cell, _ bytes: Span<UInt8>) -> Cell {
        guard cell.tag == .text else { return cell }
        let offset = text.count
        for index in cell.textRange { text.append(bytes[index]) }
        return .text(offset: offset, count: cell.textCount)
    }
}

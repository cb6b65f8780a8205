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
        let isCustomer = isCustomer(row, &evaluator)
        let count = tables.heads.count
        if targets.count != count { targets = Array(repeating: nil, count: count) }
        var places = targets.mutableSpan
        let placements = state.placements.span
        for index in 0..<count {
            places[index] = place(
                index, current: placements[index].segment, row, isCustomer: isCustomer, &evaluator)
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
        writeInputs(index, from: from, to: target, scratch, &outcome)
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

    private func writeInputs(
        _ index: Int, from: Int32?, to: Int32?, _ scratch: borrowing EngineScratch, _ outcome: inout Outcome
    ) {
        let features = inputFeatures(segmentation: index, from: from, to: to)
        outcome.inputFeatures.append(contentsOf: features)
        for feature in features {
            outcome.before.append(outcome.adopt(scratch.beforeRow.cells[Int(feature)], scratch.beforeRow.text.span))
        }
        for feature in features {
            outcome.after.append(outcome.adopt(scratch.row.cells[Int(feature)], scratch.row.text.span))
        }
    }

    // MARK: Flips

    private func writeFlips(
        _ index: Int, from: Int32?, to: Int32?, _ scratch: inout EngineScratch, _ outcome: inout Outcome
    ) {
        let last = max(from ?? -1, to ?? -1)
        let (current, suspects) = (from ?? -1, suspects.span)
        for position in suspectsOfSegmentation.span[index] {
            let suspect = suspects[position]
            guard suspect.segment <= last else { return }
            if suspect.isStay, suspect.segment != current { continue }
            if suspect.isSimple {
                let feature = Int(suspect.test.feature)
                let (before, after) = (scratch.beforeRow.cells.span[feature], scratch.row.cells.span[feature])
                // Most features are what they were.
                if before.bits == after.bits, before.tag == after.tag { continue }
                guard suspect.test.isTrue(before) != suspect.test.isTrue(after) else { continue }
                outcome.flips.append(
                    Flip(
                        comparison: suspect.comparison, before: before, after: after,
                        limit: .number(suspect.test.limit)))
            } else {
                writeFlip(Int(suspect.comparison), &scratch, &outcome)
            }
        }
    }

    private func writeFlip(_ index: Int, _ scratch: inout EngineScratch, _ outcome: inout Outcome) {
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
        let list = alertLists.list(segmentation: index, from: transition.from, to: transition.to)
        guard !list.isEmpty else { return }
        let first = outcome.alertRules.count
        for position in list where alertLists.includes(position, transition.cause) {
            let rule = alertLists.rules[position]
            guard case .transition(let transitionRule) = model.alerts[Int(rule)].kind else { continue }
            if let when = transitionRule.when, !evaluate(when.program, scratch.row, &scratch.evaluator).isTrue {
                continue
            }
            outcome.alertRules.append(rule)
        }
        transition.alertRules = first..<outcome.alertRules.count
    }
}

extension Engine {
    /// How a move relates to the segments' ranks; nil when a rank is missing or a side is NULL.
    public func direction(segmentation: Int, from: Int32?, to: Int32?) -> Direction? {
        guard let from, let to else { return nil }
        let segments = model.segmentations[segmentation].segments
        return Direction(from: segments[Int(from)], to: segments[Int(to)])
    }
}

extension Outcome {
    /// A cell with its text copied into the outcome.
    @inline(__always)
    mutating func adopt(_ cell: Cell, _ bytes: Span<UInt8>) -> Cell {
        cell.tag == .text ? adopt(text: cell, bytes) : cell
    }

    private mutating func adopt(text cell: Cell, _ bytes: Span<UInt8>) -> Cell {
        let offset = text.count
        for index in cell.textRange { text.append(bytes[index]) }
        return .text(offset: offset, count: cell.textCount)
    }
}

import DriftEngine
import DriftModel

extension CustomerReport {
    /// The report for people: segment, rule, margins, what comes next, actions, last moves.
    /// - Parameter width: Columns; long rules and reasons are wrapped.
    public func text(width: Int, style: TextStyle) -> String {
        var lines = [style(.title, TerminalText.escaped(customer)) + style(.faint, "  \(about)")]
        for (index, part) in explanation.segmentations.enumerated() {
            lines.append("")
            lines += self.lines(of: part, index, width, style)
        }
        if !actions.isEmpty {
            lines += ["", style(.title, "What we do")]
            let areas = actions.map { TerminalText.width($0.area) }.max() ?? 0
            for action in actions {
                lines.append(
                    "  \(TerminalText.padded(action.area, to: areas))  \(TerminalText.escaped(action.action)) "
                        + style(.faint, "(\(action.segmentation))"))
            }
        }
        if !moves.isEmpty {
            lines += ["", style(.title, "Last moves")]
            for move in moves { lines += self.lines(of: move, width, style) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What kind of customer, how much is known, and as of when.
    private var about: String {
        let kind = explanation.isCustomer ? "customer" : "known, but not a customer"
        var text = "\(kind); \(NumberText.grouped(record.events)) \(record.events == 1 ? "event" : "events")"
        if let first = record.firstEventAt { text += " from \(local(first).prefix(10))" }
        if let last = record.lastEventAt { text += " to \(local(last).prefix(10))" }
        return text + "; as of \(time(explanation.tick))"
    }

    private func lines(
        of part: Explanation.OfSegmentation, _ index: Int, _ width: Int, _ style: TextStyle
    ) -> [String] {
        let name = segment(part.segment, of: index)?.id ?? "no segment"
        let since = part.since.map { " since \(local($0).prefix(10))" } ?? ""
        var lines = [
            "\(style(.title, model.segmentations[index].name)): \(style(.accent, TerminalText.escaped(name)))"
                + style(.faint, since)
        ]
        if let rule = part.rule {
            let because = part.heldByStay ? "kept by stay: " : "because "
            let told = rule == "otherwise" ? "no other rule holds" : TerminalText.escaped(rule)
            lines += TerminalText.wrapped(because + told, to: width - 4).map { "  " + $0 }
        }
        lines += inputLines(part.inputs, width, style)
        lines += nextLines(part, index, width, style)
        for item in part.returns {
            let target = segment(item.segment, of: index)?.id ?? "no segment"
            let event = model.eventTypes[item.eventType].name
            lines.append("  one more \(event) leads to \(style(.good, TerminalText.escaped(target)))")
        }
        return lines
    }

    /// What happens if nothing happens, and what people would start and stop then.
    private func nextLines(
        _ part: Explanation.OfSegmentation, _ index: Int, _ width: Int, _ style: TextStyle
    ) -> [String] {
        guard let next = part.next else { return ["  if nothing happens: stays"] }
        let target = segment(next.segment, of: index)?.id ?? "no segment"
        let days = axis.localDay(of: next.tick) - axis.localDay(of: explanation.tick)
        var lines = [
            "  if nothing happens: \(style(.warning, TerminalText.escaped(target))) on \(time(next.tick))"
                + style(.faint, days == 1 ? " (in 1 day)" : " (in \(NumberText.grouped(days)) days)")
        ]
        let duties = dutiesOfNext[index]
        for (word, items) in [("start", duties.start), ("stop", duties.stop)] where !items.isEmpty {
            let wrapped = TerminalText.wrapped(TerminalText.escaped(items.joined(separator: "; ")), to: width - 13)
            for (number, line) in wrapped.enumerated() {
                lines.append(
                    "    " + style(.faint, TerminalText.padded(number == 0 ? "then \(word)" : "", to: 11)) + line)
            }
        }
        return lines
    }

    private func inputLines(_ inputs: [Explanation.Input], _ width: Int, _ style: TextStyle) -> [String] {
        let names = inputs.map { model.features[Int($0.feature)].name }
        let values = inputs.map { Self.text($0.value) }
        let nameWidth = names.map(TerminalText.width).max() ?? 0
        let valueWidth = values.map(TerminalText.width).max() ?? 0
        return inputs.indices.flatMap { index in
            let head =
                "    \(TerminalText.padded(names[index], to: nameWidth))  "
                + TerminalText.padded(values[index], to: valueWidth, .right)
            guard let margin = margin(of: inputs[index]) else { return [head] }
            let indent = nameWidth + valueWidth + 8
            let lines = TerminalText.wrapped(margin, to: max(20, width - indent))
            return lines.enumerated().map { number, line in
                (number == 0 ? head + "  " : String(repeating: " ", count: indent)) + style(.faint, line)
            }
        }
    }

    /// How far an input is from where something would change; of a banded score, its input's way to the next bands.
    private func margin(of input: Explanation.Input) -> String? {
        if let place = bands(of: input.feature), case .number(let score) = input.value {
            let now = NumberText.brief(place.value)
            var ways: [String] = []
            if let above = place.above {
                ways.append("\(NumberText.brief(score - place.step)) when \(place.input) <= \(NumberText.brief(above))")
            }
            if let upTo = place.upTo {
                ways.append("\(NumberText.brief(score + place.step)) when \(place.input) > \(NumberText.brief(upTo))")
            }
            return ways.isEmpty ? nil : "\(place.input) is \(now): \(ways.joined(separator: ", "))"
        }
        guard let boundary = input.boundary, let margin = input.margin else { return nil }
        let limit = NumberText.brief(boundary)
        if margin == 0 { return "at the limit \(limit)" }
        return "\(NumberText.brief(margin.magnitude)) \(margin < 0 ? "above" : "below") \(limit)"
    }

    private func lines(of move: Move, _ width: Int, _ style: TextStyle) -> [String] {
        let day =
            ValueLiteral.parseInstant(move.effectiveAt).map { local($0).prefix(10) } ?? move.effectiveAt.prefix(10)
        let head =
            "  \(day)  \(move.segmentation): \(TerminalText.escaped(move.from ?? "–")) → "
            + "\(TerminalText.escaped(move.to ?? "–")) \(style(.faint, "(\(move.cause))"))"
        guard let reason = move.reason else { return [head] }
        return [head]
            + TerminalText.wrapped(TerminalText.escaped(reason), to: width - 16).map {
                String(repeating: " ", count: 14) + style(.faint, $0)
            }
    }

    /// A value as a person reads it.
    static func text(_ value: Value) -> String {
        switch value {
        case .null: "–"
        case .number(let number): NumberText.brief(number)
        case .boolean(let truth): truth ? "yes" : "no"
        case .date(let day): TimeText.date(day)
        case .timestamp(let instant): TimeText.instant(instant)
        case .text(let text): TerminalText.escaped(text)
        }
    }
}

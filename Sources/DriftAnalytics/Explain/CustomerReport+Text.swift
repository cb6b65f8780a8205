import DriftEngine
import DriftModel

extension CustomerReport {
    /// The report for people: segment, rule, margins, what comes next, actions, last moves.
    /// - Parameter width: Columns; long rules and reasons are wrapped.
    public func text(width: Int, style: TextStyle) -> String {
        let kind = explanation.isCustomer ? "customer" : "known, but not a customer"
        var lines = [
            style(.title, TerminalText.escaped(customer)) + style(.faint, "  \(kind) on \(time(explanation.tick))")
        ]
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

    private func lines(
        of part: Explanation.OfSegmentation, _ index: Int, _ width: Int, _ style: TextStyle
    ) -> [String] {
        let segmentation = model.segmentations[index]
        let name = segment(part.segment, of: index)?.id ?? "no segment"
        let since = part.since.map { " since \(TimeText.instant($0).prefix(10))" } ?? ""
        var lines = ["\(segmentation.name): \(style(.accent, TerminalText.escaped(name)))\(style(.faint, since))"]
        if let rule = part.rule {
            let because = part.heldByStay ? "kept by stay: " : "because "
            let wrapped = TerminalText.wrapped(because + TerminalText.escaped(rule), to: width - 4)
            lines += wrapped.map { "  " + $0 }
        }
        lines += inputLines(part.inputs, style)
        if let next = part.next {
            let target = segment(next.segment, of: index)?.id ?? "no segment"
            lines.append("  by time alone: \(style(.warning, TerminalText.escaped(target))) on \(time(next.tick))")
        } else {
            lines.append("  time alone changes nothing")
        }
        for item in part.returns {
            let target = segment(item.segment, of: index)?.id ?? "no segment"
            let event = model.eventTypes[item.eventType].name
            lines.append("  one more \(event) leads to \(style(.good, TerminalText.escaped(target)))")
        }
        return lines
    }

    private func inputLines(_ inputs: [Explanation.Input], _ style: TextStyle) -> [String] {
        let names = inputs.map { model.features[Int($0.feature)].name }
        let values = inputs.map { Self.text($0.value) }
        let nameWidth = names.map(TerminalText.width).max() ?? 0
        let valueWidth = values.map(TerminalText.width).max() ?? 0
        return inputs.indices.map { index in
            var line =
                "    \(TerminalText.padded(names[index], to: nameWidth))  "
                + TerminalText.padded(values[index], to: valueWidth, .right)
            if let boundary = inputs[index].boundary, let margin = inputs[index].margin {
                let distance = NumberText.shortest((margin.magnitude * 1e6).rounded() / 1e6)
                line += style(.faint, "  \(distance) from \(NumberText.shortest(boundary))")
            }
            return line
        }
    }

    private func lines(of move: Move, _ width: Int, _ style: TextStyle) -> [String] {
        let head =
            "  \(move.effectiveAt.prefix(10))  \(move.segmentation): \(TerminalText.escaped(move.from ?? "–")) → "
            + "\(TerminalText.escaped(move.to ?? "–")) \(style(.faint, "(\(move.cause))"))"
        guard let reason = move.reason else { return [head] }
        return [head] + TerminalText.wrapped(TerminalText.escaped(reason), to: width - 16).map { "              \($0)" }
    }

    /// A value as a person reads it.
    static func text(_ value: Value) -> String {
        switch value {
        case .null: "–"
        case .number(let number): NumberText.shortest(number)
        case .boolean(let truth): truth ? "yes" : "no"
        case .date(let day): TimeText.date(day)
        case .timestamp(let instant): TimeText.instant(instant)
        case .text(let text): TerminalText.escaped(text)
        }
    }
}

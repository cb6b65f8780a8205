import DriftAlerts
import DriftAnalytics
import DriftModel

/// Playbooks for people, in the width of their terminal.
struct ActionsText {
    /// What was asked for.
    enum Subject {
        case everything
        case segments([PlaybookMatrix.Place])
        case area(String)
        case customer(String)
    }

    let subject: Subject
    let model: Model
    let width: Int
    let style: TextStyle

    init(_ subject: Subject, _ source: ActionSource, _ global: GlobalOptions) {
        self.subject = subject
        model = source.model
        width = max(40, Terminal.width ?? 100)
        style = global.style
    }

    func text(_ rows: [ActionRow]) -> String {
        var parts: [String] = []
        switch subject {
        case .everything:
            parts += model.segmentations.map { PlaybookBlocks(rows, $0, width: width, style: style).text }
            parts.append(playbooks())
        case .segments(let places): parts += places.map { segment($0, rows) }
        case .area: parts.append(area(rows))
        case .customer(let name): parts.append(customer(name, rows))
        }
        parts.append(moves(rows))
        parts.append(conflicts(rows))
        parts.append(gaps(rows))
        let told = parts.filter { !$0.isEmpty }
        return told.isEmpty ? style(.faint, "the model has no playbooks") + "\n" : told.joined(separator: "\n")
    }

    // MARK: Who does what

    private func playbooks() -> String {
        var rows: [[ReportValue]] = []
        for playbook in model.playbooks {
            for (index, action) in playbook.actions.enumerated() {
                rows.append([
                    .text(index == 0 ? playbook.name : ""), .text(action.area.rawValue), .text(action.text),
                ])
            }
        }
        return table(["playbook", "area", "action"], rows)
    }

    private func segment(_ place: PlaybookMatrix.Place, _ rows: [ActionRow]) -> String {
        let segmentation = model.segmentations[place.segmentation]
        let segment = segmentation.segments[place.segment]
        let named = segment.title.map { " – \(TerminalText.escaped($0))" } ?? ""
        let mine = rows.filter {
            $0.kind == .action && $0.segmentation == segmentation.name && $0.segment == segment.id
        }
        let title = style(.title, "\(TerminalText.escaped("\(segmentation.name).\(segment.id)"))\(named)") + "\n"
        if mine.isEmpty { return title + style(.faint, "nothing particular is done for this segment") + "\n" }
        return title
            + table(
                ["area", "playbook", "action"],
                mine.map { [.optional($0.area), .optional($0.playbook), .optional($0.action)] })
    }

    private func area(_ rows: [ActionRow]) -> String {
        table(
            ["area", "segment", "playbook", "action"],
            rows.filter { $0.kind == .action }.map {
                [
                    .optional($0.area), .text(Self.place($0.segmentation, $0.segment)), .optional($0.playbook),
                    .optional($0.action),
                ]
            })
    }

    private func customer(_ name: String, _ rows: [ActionRow]) -> String {
        let mine = rows.filter { $0.kind == .action }
        let title = style(.title, TerminalText.escaped(name)) + "\n"
        if mine.isEmpty { return title + style(.faint, "nothing particular is done for this customer") + "\n" }
        return title
            + table(
                ["area", "because of", "action"],
                mine.map {
                    [.optional($0.area), .text(Self.place($0.segmentation, $0.segment)), .optional($0.action)]
                })
    }

    // MARK: What else there is to know

    private func moves(_ rows: [ActionRow]) -> String {
        let lines = rows.filter { $0.kind == .move }.map { row in
            let from = row.from.map(Self.alternatives) ?? "any"
            let to = row.to.map(Self.alternatives) ?? "any"
            return "\(row.segmentation ?? ""): \(from) → \(to): \(row.action ?? "") (\(row.area ?? ""))"
        }
        return list("On a move", lines)
    }

    private func conflicts(_ rows: [ActionRow]) -> String {
        let lines = rows.filter { $0.kind == .conflict }.map { row in
            let kept = Self.place(row.keptSegmentation, row.keptSegment)
            let left = Self.place(row.segmentation, row.segment)
            let count = row.customers.map {
                $0 == 0 ? " (nobody now)" : $0 == 1 ? " (1 customer)" : " (\(NumberText.grouped($0)) customers)"
            }
            return "\(row.area ?? ""): '\(row.keptAction ?? "")' of \(kept) stands, "
                + "'\(row.action ?? "")' of \(left) is left out\(count ?? "")"
        }
        return list("Conflicts", lines)
    }

    private func gaps(_ rows: [ActionRow]) -> String {
        let gaps = rows.filter { $0.kind == .gap }
        let areas = gaps.compactMap(\.area)
        let idle = gaps.filter { $0.segment != nil }.map { Self.place($0.segmentation, $0.segment) }
        let unused = gaps.compactMap(\.playbook)
        var lines: [String] = []
        if !areas.isEmpty {
            let who = if case .customer = subject { "nothing particular in" } else { "no segment fills" }
            lines.append("\(who) \(areas.joined(separator: ", "))")
        }
        if !idle.isEmpty { lines.append("nothing is done for \(idle.joined(separator: ", "))") }
        if !unused.isEmpty { lines.append("no segment names the playbook \(unused.joined(separator: ", "))") }
        return list("Gaps", lines)
    }

    // MARK: Pieces

    private static func place(_ segmentation: String?, _ segment: String?) -> String {
        [segmentation, segment].compactMap { $0 }.joined(separator: ".")
    }

    private static func alternatives(_ names: String) -> String {
        names.split(separator: " ").joined(separator: " or ")
    }

    private func list(_ title: String, _ lines: [String]) -> String {
        guard !lines.isEmpty else { return "" }
        let wrapped = lines.flatMap { line in
            TerminalText.wrapped(TerminalText.escaped(line), to: width - 4).enumerated().map { index, text in
                (index == 0 ? "  " : "    ") + text
            }
        }
        return style(.title, title) + "\n" + wrapped.map { $0 + "\n" }.joined()
    }

    /// A table whose last column is told in full.
    private func table(_ titles: [String], _ rows: [[ReportValue]]) -> String {
        guard !rows.isEmpty else { return "" }
        let columns = titles.enumerated().map { index, title in
            ReportColumn(title).fitting(index == titles.count - 1 ? .spilled : .squeezed)
        }
        return ReportWriter.text(columns: columns, rows: rows, format: .table, width: width, style: style)
    }
}

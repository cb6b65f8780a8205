/// A table for people: aligned, and made to fit the terminal as each column allows (``ReportColumn/Fit``).
struct TableLayout {
    /// A text column is not squeezed below this.
    static let narrowest = 8
    /// A text told in full is not wrapped in its place below this.
    static let spillWidthMin = 32
    static let gap = 2
    static let indent = 4

    let columns: [ReportColumn]
    let cells: [[String]]
    let widths: [Int]
    /// The place of the column that goes below its row; nil: none does.
    let below: Int?
    /// Titles of columns for which there is no room.
    let leftOut: [String]
    let width: Int?
    let style: TextStyle

    init(columns: [ReportColumn], rows: [[ReportValue]], width: Int?, style: TextStyle) {
        var shown = columns.indices.filter { columns[$0].title != nil }
        let texts = rows.map { row in columns.indices.map { TableLayout.text(row[$0], decimals: columns[$0].decimals) }
        }
        let natural = columns.indices.map { index in
            texts.reduce(TerminalText.width(columns[index].title ?? "")) { max($0, TerminalText.width($1[index])) }
        }
        /// What has to fit side by side; a text told in full needs no more than its least.
        func needed(_ shown: [Int]) -> Int {
            let widths = shown.map { columns[$0].fit == .spilled ? min(natural[$0], Self.narrowest) : natural[$0] }
            return widths.reduce(0, +) + Self.gap * max(0, shown.count - 1)
        }
        var leftOut: [String] = []
        for saysNothing in [true, false] {
            for place in shown.reversed() where columns[place].fit == .expendable {
                guard let width, needed(shown) > width else { break }
                let isDecoration = columns[place].title == ""
                if saysNothing, !isDecoration, !texts.allSatisfy({ ["", "0", "–"].contains($0[place]) }) { continue }
                shown.removeAll { $0 == place }
                if !saysNothing, let title = columns[place].title, !title.isEmpty { leftOut.insert(title, at: 0) }
            }
        }
        var below: Int?
        var spilling = shown.lastIndex { columns[$0].fit == .spilled }
        if let width, let place = spilling, natural[shown[place]] > Self.spillWidthMin {
            let others = needed(shown) - min(natural[shown[place]], Self.narrowest)
            if width - others < min(natural[shown[place]], Self.spillWidthMin) {
                below = shown.remove(at: place)
                spilling = nil
            }
        }
        self.columns = shown.map { columns[$0] } + (below.map { [columns[$0]] } ?? [])
        let order = shown + (below.map { [$0] } ?? [])
        cells = texts.map { row in order.map { row[$0] } }
        widths = Self.fit(shown.map { natural[$0] }, shown.map { columns[$0].alignment }, first: spilling, into: width)
        self.below = below == nil ? nil : shown.count
        self.leftOut = leftOut
        self.width = width
        self.style = style
    }

    static func text(_ value: ReportValue, decimals: Int?) -> String {
        switch value {
        case .null: "–"
        case .text(let text), .json(let text): TerminalText.escaped(text)
        case .integer(let number): NumberText.grouped(number)
        case .number(let number): decimals.map { NumberText.fixed(number, $0) } ?? NumberText.brief(number)
        case .boolean(let truth): truth ? "yes" : "no"
        }
    }

    /// Takes from the column that wraps, then from the widest text columns, one column of characters at a time.
    static func fit(_ natural: [Int], _ alignments: [ReportColumn.Alignment], first: Int?, into width: Int?) -> [Int] {
        var widths = natural
        guard let width else { return widths }
        var excess = widths.reduce(0, +) + gap * max(0, widths.count - 1) - width
        if let first, excess > 0 {
            let taken = min(excess, max(0, widths[first] - spillWidthMin))
            widths[first] -= taken
            excess -= taken
        }
        while excess > 0 {
            let widest = widths.indices.filter { alignments[$0] == .left && widths[$0] > narrowest }
                .max { widths[$0] < widths[$1] }
            guard let widest else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    var text: String {
        var result = style(.title, line(columns.prefix(widths.count).map { $0.title ?? "" })) + "\n"
        for row in cells { result += lines(row).joined(separator: "\n") + "\n" }
        if !leftOut.isEmpty {
            let note = "no room for \(leftOut.joined(separator: ", ")); --format csv has everything"
            for line in TerminalText.wrapped(note, to: width ?? 80) { result += style(.faint, line) + "\n" }
        }
        return result
    }

    /// A row and what did not fit into it.
    private func lines(_ row: [String]) -> [String] {
        let wrapping = columns.prefix(widths.count).lastIndex { $0.fit == .spilled }
        guard let place = wrapping, TerminalText.width(row[place]) > widths[place] else {
            let spilled = below.map { row[$0] }.flatMap { ["", "–"].contains($0) ? nil : $0 }
            let columns = max(20, (width ?? 80) - Self.indent)
            return [line(row)]
                + (spilled.map { TerminalText.wrapped($0, to: columns) } ?? []).map {
                    String(repeating: " ", count: Self.indent) + style(.faint, $0)
                }
        }
        let parts = TerminalText.wrapped(row[place], to: widths[place])
        return parts.enumerated().map { number, part in
            var cells = number == 0 ? row : row.map { _ in "" }
            cells[place] = part
            return line(cells)
        }
    }

    private func line(_ texts: [String]) -> String {
        var result = ""
        for index in widths.indices {
            if index > 0 { result += String(repeating: " ", count: TableLayout.gap) }
            let cut = TerminalText.truncated(texts[index], to: widths[index])
            result += TerminalText.padded(cut, to: widths[index], columns[index].alignment)
        }
        // No trailing blanks.
        while result.last == " " { result.removeLast() }
        return result
    }
}

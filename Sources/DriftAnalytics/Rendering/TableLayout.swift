/// A table for people: aligned, and cut to the terminal where a text column must give way.
struct TableLayout {
    /// A text column is not squeezed below this.
    static let narrowest = 8
    static let gap = 2

    let titles: [String]
    let alignments: [ReportColumn.Alignment]
    let cells: [[String]]
    let widths: [Int]
    let style: TextStyle

    init(columns: [ReportColumn], rows: [[ReportValue]], width: Int?, style: TextStyle) {
        let shown = columns.indices.filter { columns[$0].title != nil }
        titles = shown.map { columns[$0].title ?? "" }
        alignments = shown.map { columns[$0].alignment }
        let cells = rows.map { row in shown.map { TableLayout.text(row[$0], decimals: columns[$0].decimals) } }
        var natural = titles.map(TerminalText.width)
        for row in cells {
            for (index, text) in row.enumerated() { natural[index] = max(natural[index], TerminalText.width(text)) }
        }
        widths = TableLayout.fit(natural, alignments, into: width)
        self.cells = cells
        self.style = style
    }

    static func text(_ value: ReportValue, decimals: Int?) -> String {
        switch value {
        case .null: "–"
        case .text(let text), .json(let text): TerminalText.escaped(text)
        case .integer(let number): NumberText.grouped(number)
        case .number(let number): decimals.map { NumberText.fixed(number, $0) } ?? NumberText.shortest(number)
        case .boolean(let truth): truth ? "yes" : "no"
        }
    }

    /// Takes from the widest text columns, one column of characters at a time, until the table fits.
    static func fit(_ natural: [Int], _ alignments: [ReportColumn.Alignment], into width: Int?) -> [Int] {
        var widths = natural
        guard let width else { return widths }
        var excess = widths.reduce(0, +) + gap * max(0, widths.count - 1) - width
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
        var result = style(.title, line(titles)) + "\n"
        for row in cells { result += line(row) + "\n" }
        return result
    }

    private func line(_ texts: [String]) -> String {
        var result = ""
        for (index, text) in texts.enumerated() {
            if index > 0 { result += String(repeating: " ", count: TableLayout.gap) }
            let cut = TerminalText.truncated(text, to: widths[index])
            // Nothing follows the last column: no trailing blanks.
            let isLast = index == texts.count - 1 && alignments[index] == .left
            result += isLast ? cut : TerminalText.padded(cut, to: widths[index], alignments[index])
        }
        return result
    }
}

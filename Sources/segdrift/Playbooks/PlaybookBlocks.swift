import DriftAnalytics
import DriftModel

/// One segmentation as a matrix: areas down, segments across, the playbook that fills each area; as many blocks
/// below each other as the width asks for.
struct PlaybookBlocks {
    /// Nothing particular is done.
    static let nothing = "·"

    let rows: [ActionRow]
    let segmentation: Segmentation
    let width: Int
    let style: TextStyle

    init(_ rows: [ActionRow], _ segmentation: Segmentation, width: Int, style: TextStyle) {
        self.rows = rows.filter { $0.segmentation == segmentation.name && $0.kind == .action }
        self.segmentation = segmentation
        self.width = width
        self.style = style
    }

    var text: String {
        let areas = ActionArea.allCases.map(\.rawValue).filter { area in rows.contains { $0.area == area } }
        guard !areas.isEmpty else { return "" }
        let first = ([segmentation.name] + areas).map(TerminalText.width).max() ?? 0
        let columns = segmentation.segments.map { segment in
            (id: segment.id, cells: areas.map { cell(segment.id, $0) })
        }
        return blocks(columns, room: width - first).map { block in
            ReportWriter.text(
                columns: [ReportColumn(segmentation.name)] + block.map { ReportColumn($0.id) },
                rows: areas.enumerated().map { index, area in
                    [.text(area)] + block.map { .text($0.cells[index]) }
                }, format: .table, width: width, style: style)
        }.joined(separator: "\n")
    }

    private func cell(_ segment: String, _ area: String) -> String {
        rows.first { $0.segment == segment && $0.area == area }?.playbook ?? Self.nothing
    }

    /// Columns cut into runs that fit; one that is too wide by itself stands alone.
    private func blocks(_ columns: [(id: String, cells: [String])], room: Int) -> [[(id: String, cells: [String])]] {
        var blocks: [[(id: String, cells: [String])]] = []
        var left = 0
        for column in columns {
            let needed = 2 + ([column.id] + column.cells).reduce(0) { max($0, TerminalText.width($1)) }
            if blocks.isEmpty || needed > left {
                blocks.append([])
                left = room
            }
            blocks[blocks.count - 1].append(column)
            left -= needed
        }
        return blocks
    }
}

/// Moves between segments as lines of text: `loyal ────▶ at_risk ████ 12`.
public struct FlowChart: Sendable {
    /// One line of the chart.
    public struct Move: Hashable, Sendable {
        /// nil: not a customer before.
        public var from: String?
        public var to: String?
        public var customers: Int
        /// `up`, `down` or anything else, for the colour.
        public var direction: String?

        public init(from: String?, to: String?, customers: Int, direction: String? = nil) {
            self.from = from
            self.to = to
            self.customers = customers
            self.direction = direction
        }
    }

    /// What NULL is called.
    public var nullName: String
    public var style: TextStyle
    /// Columns for the longest bar.
    public var barWidth: Int

    public init(nullName: String = "(no customer)", style: TextStyle = .plain, barWidth: Int = 30) {
        self.nullName = nullName
        self.style = style
        self.barWidth = barWidth
    }

    /// One line per move, in the order given.
    public func lines(_ moves: [Move]) -> [String] {
        let most = moves.map(\.customers).max() ?? 0
        func name(_ segment: String?) -> String { segment.map(TerminalText.escaped) ?? nullName }
        let left = moves.map { TerminalText.width(name($0.from)) }.max() ?? 0
        let right = moves.map { TerminalText.width(name($0.to)) }.max() ?? 0
        let digits = String(most).count
        return moves.map { move in
            let role: TextStyle.Role = move.direction == "up" ? .good : move.direction == "down" ? .bad : .accent
            let mark = move.direction == "up" ? "▲" : move.direction == "down" ? "▼" : " "
            let bar = Bars.horizontal(Double(move.customers) / Double(max(1, most)), width: barWidth)
            let count = TerminalText.padded(String(move.customers), to: digits, .right)
            let source = TerminalText.padded(name(move.from), to: left, .right)
            let target = TerminalText.padded(name(move.to), to: right)
            return "\(source) \(style(.faint, "──▶")) \(target) \(style(role, mark)) \(count) \(style(role, bar))"
        }
    }
}

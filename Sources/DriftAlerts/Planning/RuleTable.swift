internal import DriftModel

/// The transition rules of a model, and its pairs of segments by number.
struct RuleTable: Sendable {
    struct Entry: Sendable {
        var name: String
        var severity: Severity
        var notify: [String]
        var rule: TransitionRule
    }

    let entries: [Entry]
    /// Position in ``entries`` per rule of ``Model/alerts``; nil: not about transitions.
    private let positions: [Int?]
    /// Segments of each segmentation, and NULL.
    private let width: [Int]
    /// Per segmentation: entries with a dwell.
    let dwelling: [[Int]]

    init(model: Model) {
        var entries: [Entry] = []
        positions = model.alerts.map { alert in
            guard case .transition(let rule) = alert.kind else { return nil }
            entries.append(
                Entry(name: alert.name, severity: alert.severity, notify: alert.notify, rule: rule))
            return entries.count - 1
        }
        self.entries = entries
        width = model.segmentations.map { $0.segments.count + 1 }
        dwelling = model.segmentations.indices.map { segmentation in
            entries.indices.filter { position in
                let rule = entries[position].rule
                return rule.match.segmentation == segmentation && rule.dwellSeconds > 0
            }
        }
    }

    /// The entry of a rule of the model.
    func position(ofAlert alert: Int32) -> Int? { positions[Int(alert)] }

    func entry(named name: String) -> Entry? { entries.first { $0.name == name } }

    /// Number of the pair (from, to) within its segmentation; NULL counts as 0, segments from 1.
    func pair(segmentation: Int32, from: Int32?, to: Int32?) -> Int {
        Int((from ?? -1) + 1) * width[Int(segmentation)] + Int((to ?? -1) + 1)
    }

    /// How many pairs there are per segmentation.
    var pairCounts: [Int] { width.map { $0 * $0 } }

    /// The segments of a pair's number.
    func sides(segmentation: Int, pair: Int) -> (from: Int32?, to: Int32?) {
        let (from, to) = (pair / width[segmentation], pair % width[segmentation])
        return (from == 0 ? nil : Int32(from - 1), to == 0 ? nil : Int32(to - 1))
    }
}

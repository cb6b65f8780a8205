import DriftEngine
import DriftModel

/// A dense number for each kind of move a model can make: segmentation, sides and cause. What is looked up for every
/// move is then an array, not a table of hashes.
struct MoveSlots: Sendable {
    private let starts: [Int]
    /// Segments and NULL.
    private let sides: [Int]
    let count: Int

    /// - Parameter segmentIDs: Per segmentation and segment of the model.
    init(segmentIDs: [[Int64]]) {
        var starts: [Int] = []
        var next = 0
        for segments in segmentIDs {
            starts.append(next)
            next += (segments.count + 1) * (segments.count + 1) * Cause.allCases.count
        }
        self.starts = starts
        sides = segmentIDs.map { $0.count + 1 }
        count = next
    }

    @inline(__always)
    func slot(of transition: borrowing Transition) -> Int {
        let segmentation = Int(transition.segmentation)
        let from = Int(transition.from ?? -1) + 1
        let to = Int(transition.to ?? -1) + 1
        return starts[segmentation] + ((from * sides[segmentation] + to) * 6 + Self.number(transition.cause))
    }

    /// The flow that moves of a slot (high half) and day (low half) make.
    func flow(_ key: UInt64, _ model: StoredModel) -> DayCounts.Flow {
        let slot = Int(key >> 32)
        let segmentation = (starts.lastIndex { $0 <= slot }) ?? 0
        let causes = Cause.allCases.count
        let (pair, cause) = (slot - starts[segmentation]).quotientAndRemainder(dividingBy: causes)
        let (from, to) = pair.quotientAndRemainder(dividingBy: sides[segmentation])
        func segment(_ side: Int) -> Int64 { side == 0 ? 0 : model.segmentIDs[segmentation][side - 1] }
        return DayCounts.Flow(
            segmentation: model.segmentationIDs[segmentation],
            day: DayNumber(bitPattern: UInt32(truncatingIfNeeded: key)), from: segment(from), to: segment(to),
            cause: Cause.allCases.first { Self.number($0) == cause } ?? .event)
    }

    private static func number(_ cause: Cause) -> Int {
        switch cause {
        case .event: 0
        case .time: 1
        case .late: 2
        case .model: 3
        case .calibration: 4
        case .merge: 5
        }
    }
}

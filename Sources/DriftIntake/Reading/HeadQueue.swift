import DriftModel

/// Files by the instant of the record each gives next, the earliest first; ties by the order of the files.
/// A binary heap.
struct HeadQueue {
    struct Head: Comparable {
        var at: Instant
        var file: Int

        static func < (left: Head, right: Head) -> Bool {
            left.at == right.at ? left.file < right.file : left.at < right.at
        }
    }

    private var heap: [Head] = []

    /// How many files have one.
    var count: Int { heap.count }

    /// The file whose record is the earliest; nil when no file has one.
    var min: Head? { heap.first }

    /// - Complexity: O(log files).
    mutating func insert(_ at: Instant, file: Int) {
        heap.append(Head(at: at, file: file))
        var index = heap.count - 1
        while index > 0, heap[index] < heap[(index - 1) / 2] {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Gives the earliest file its next instant; nil: it has no record left.
    /// - Complexity: O(log files).
    mutating func replaceMin(at instant: Instant?) {
        guard !heap.isEmpty else { return }
        if let instant {
            heap[0].at = instant
        } else {
            heap.swapAt(0, heap.count - 1)
            heap.removeLast()
        }
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            if least == index { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}

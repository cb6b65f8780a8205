import Synchronization

/// Names that the watcher saw become complete since the last scan, by the position of their source.
final class Arrivals: Sendable {
    private let completed = Mutex<[Int: Set<[UInt8]>]>([:])

    init() {}

    func note(source: Int, _ names: Set<[UInt8]>) {
        completed.withLock { $0[source, default: []].formUnion(names) }
    }

    /// Whether something became complete since the last scan.
    var hasSome: Bool { completed.withLock { !$0.isEmpty } }

    /// All of them; the next call gives only later ones.
    func take() -> [Int: Set<[UInt8]>] {
        completed.withLock { completed in
            let taken = completed
            completed = [:]
            return taken
        }
    }
}

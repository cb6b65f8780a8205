import DriftIntake
import Synchronization

/// What the watcher saw since the last scan, by the position of the source.
final class Arrivals: Sendable {
    private let signs = Mutex<[Int: [[UInt8]: ArrivalSign]]>([:])
    private let unwatched = Mutex<[Int: String]>([:])

    init() {}

    /// Later signs of a name take the place of earlier ones.
    func note(source: Int, _ news: [[UInt8]: ArrivalSign]) {
        signs.withLock { $0[source, default: [:]].merge(news) { $1 } }
    }

    /// What was taken and could not be made use of yet; what was seen since says more.
    func giveBack(source: Int, _ taken: [[UInt8]: ArrivalSign]) {
        signs.withLock { $0[source, default: [:]].merge(taken) { later, _ in later } }
    }

    /// More happened than was told: what is known may not be true any more.
    func forget(source: Int) {
        signs.withLock { $0[source] = [:] }
    }

    /// Why a directory cannot be watched; nil: it is.
    func note(source: Int, unwatched reason: String?) {
        unwatched.withLock { $0[source] = reason }
    }

    /// Sources that are looked at every few seconds instead of being watched, and why.
    var unwatchedSources: [Int: String] { unwatched.withLock { $0 } }

    /// Whether something was seen since the last scan.
    var hasSome: Bool { signs.withLock { !$0.isEmpty } }

    /// All of them; the next call gives only later ones.
    func take() -> [Int: [[UInt8]: ArrivalSign]] {
        signs.withLock { signs in
            let taken = signs
            signs = [:]
            return taken
        }
    }
}

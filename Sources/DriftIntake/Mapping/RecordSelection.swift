/// Some of a file's records, by number.
public enum RecordSelection: Hashable, Sendable {
    case all
    case only(Set<Int64>)
    case except(Set<Int64>)

    @inline(__always)
    func contains(_ number: Int64) -> Bool {
        switch self {
        case .all: true
        case .only(let numbers): numbers.contains(number)
        case .except(let numbers): !numbers.contains(number)
        }
    }
}

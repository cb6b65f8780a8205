import Glibc

/// Seeds of the property tests.
enum Seeds {
    /// Each once showed a defect; they run first, for ever.
    static let onceFailing: [UInt64] = [52, 67, 6785]

    /// A fixed range of further ones; `SEGDRIFT_LONG=1` runs many more.
    static func fresh(_ count: Int) -> [UInt64] {
        let isLong = unsafe getenv("SEGDRIFT_LONG") != nil
        return (1...UInt64(isLong ? count * 50 : count)).map { $0 }
    }

    static func all(_ count: Int) -> [UInt64] { onceFailing + fresh(count).filter { !onceFailing.contains($0) } }
}

import DriftStore
import Glibc

/// Which record of which file the process is at, written where it outlives the process and costs nothing: into a page
/// of a file that is mapped into memory. The next start reads there whether the last one ended in the middle of a file's
/// records, by whatever: a trap, the memory limit, a kill. An end at anything else (a commit, a delivery, idle) is
/// nothing against any file.
///
/// A power cut may lose it, and is nobody's fault either. Several threads write, each its own slot.
@safe
final class WorkMark: @unchecked Sendable {
    /// What a thread is doing with a file.
    enum Phase: Int64, Sendable {
        /// Reading it without effects.
        case judging = 1
        /// Reading it to be applied.
        case reading = 2
        /// Applying its records.
        case applying = 3
    }

    /// Whose place it is.
    struct Slot: Hashable, Sendable {
        fileprivate let number: Int

        static let work = Slot(number: 0)
        static let reader = Slot(number: 1)
        /// Of those that work customers out, the second one's.
        static let work2 = Slot(number: 2)

        /// That of a run of customers that are worked out: the first two are ``work`` and ``work2``.
        /// - Precondition: There are no more runs than a page has room for, which is 63.
        static func ofRun(_ run: Int) -> Slot { run == 0 ? .work : Slot(number: run + 1) }

        fileprivate static let all = (0..<(WorkMark.bytes / 8 / WorkMark.wordsPerSlot)).map(Slot.init)
    }

    /// A place in a file.
    struct Place: Hashable, Sendable {
        var phase: Phase
        var fileID: Int64
        /// A record's number; while judging the number of records before.
        var record: Int64
        /// Several threads were at records: this may be the place, or another one's.
        var isOneOfTwo = false

        /// Coarse enough that the same poison is at the same place again, fine enough that a process that is ended at
        /// random is hardly ever.
        var text: String { isOneOfTwo ? StoreTransaction.unclearCrashPlace : "\(phase.rawValue) \(record >> 8)" }
    }

    /// Where the last process was when it ended; empty when it was at no file, or once that was told.
    private var before: [Place] = []
    private let words: UnsafeMutablePointer<Int64>
    private let isMapped: Bool
    private static let bytes = 4_096
    private static let wordsPerSlot = 8

    /// Maps the page `<directory>/mark`, creating it. Where that cannot be done the marks are kept in memory alone:
    /// then nothing is ever held against a file.
    init(directory: String) {
        let path = directory + "/mark"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o640)
        defer { if descriptor >= 0 { close(descriptor) } }
        var flags = MAP_SHARED
        // Of a page for which there was no room the first touch would be a bus error.
        if descriptor < 0 || posix_fallocate(descriptor, 0, off_t(Self.bytes)) != 0 {
            flags = MAP_PRIVATE | MAP_ANONYMOUS
        }
        let mapped = unsafe mmap(nil, Self.bytes, PROT_READ | PROT_WRITE, flags, descriptor, 0)
        let page = unsafe mapped == MAP_FAILED ? nil : mapped
        let words = unsafe (page ?? UnsafeMutableRawPointer.allocate(byteCount: Self.bytes, alignment: 64))
            .bindMemory(to: Int64.self, capacity: Self.bytes / 8)
        if unsafe page == nil { unsafe words.initialize(repeating: 0, count: Self.bytes / 8) }
        unsafe self.words = words
        unsafe isMapped = page != nil
        before = [place(.reader), placeOfWork].compactMap(\.self)
        for slot in Slot.all { clear(slot) }
    }

    deinit { if isMapped { unsafe munmap(words, Self.bytes) } else { unsafe words.deallocate() } }

    private func place(_ slot: Slot) -> Place? {
        let start = slot.number * Self.wordsPerSlot
        guard let phase = unsafe Phase(rawValue: words[start]) else { return nil }
        return unsafe Place(phase: phase, fileID: words[start + 1], record: words[start + 2])
    }

    /// Where those were that work customers out.
    private var placeOfWork: Place? {
        let places = Slot.all.filter { $0 != .reader }.compactMap(place)
        guard var first = places.first, places.count > 1 else { return places.first }
        first.isOneOfTwo = true
        first.record = places.reduce(first.record) { min($0, $1.record) }
        return first
    }

    /// Where the last process was when it ended. Told once.
    func takeBefore() -> [Place] {
        defer { before = [] }
        return before
    }

    /// The slot's thread is at this place from now on.
    @inline(__always)
    func set(_ slot: Slot, _ phase: Phase, fileID: Int64, record: Int64) {
        let start = slot.number * Self.wordsPerSlot
        unsafe words[start + 1] = fileID
        unsafe words[start + 2] = record
        unsafe words[start] = phase.rawValue
    }

    /// The slot's thread is at no file's records.
    @inline(__always)
    func clear(_ slot: Slot) {
        unsafe words[slot.number * Self.wordsPerSlot] = 0
    }
}

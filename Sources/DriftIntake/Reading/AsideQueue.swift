import DriftModel

/// A record that has no effect, on its way into the ledger.
struct Aside {
    var number: Int64
    var kind: Kind

    enum Kind {
        case refused(RefusedRecord)
        case skipped
        case unknownType([UInt8])
    }
}

/// Records without effect, first in, first out. Of those that do not fit into memory the first ones lie in a nameless
/// file.
struct AsideQueue {
    private let directory: String
    private let budgetBytes: Int
    private var file: SpillFile?
    private var readOffset: Int64 = 0
    /// Records read back from the file.
    private var front: [Aside] = []
    private var frontNext = 0
    /// Records behind those of the file.
    private var back: [Aside] = []
    private var backBytes = 0
    /// How many there are.
    private(set) var count: Int64 = 0

    /// - Parameters:
    ///   - directory: Where records may be written.
    ///   - budgetBytes: About how much memory may be taken.
    init(directory: String, budgetBytes: Int) {
        self.directory = directory
        self.budgetBytes = max(budgetBytes, 4 << 10)
    }

    var isEmpty: Bool { frontNext >= front.count }

    /// The next one; nil: none is left.
    var first: Aside? { frontNext < front.count ? front[frontNext] : nil }

    /// Adds one.
    mutating func append(_ aside: Aside) throws(IntakeError) {
        count += 1
        if isFileRead && back.isEmpty { front.append(aside) } else { back.append(aside) }
        backBytes += Self.bytes(of: aside)
        if backBytes > budgetBytes { try spill() }
    }

    /// Takes the first one away.
    mutating func removeFirst() throws(IntakeError) {
        count -= 1
        frontNext += 1
        if frontNext == front.count { try refill() }
    }

    /// Whether nothing in the file comes before what is added now.
    private var isFileRead: Bool { readOffset == file?.count ?? 0 }

    private static func bytes(of aside: Aside) -> Int {
        switch aside.kind {
        case .skipped: 48
        case .unknownType(let name): 80 + name.count
        case .refused(let record): 160 + record.reason.utf8.count + record.code.utf8.count + record.sample.count
        }
    }

    private mutating func spill() throws(IntakeError) {
        let file = try spillFile()
        var spill = SpillWriter()
        if isFileRead {
            // Only the very first ones stay where they are: everything behind them goes to the file in its order.
            let keep = min(front.count, frontNext + 64)
            for aside in front[keep...] { Self.encode(aside, to: &spill) }
            front.removeSubrange(keep...)
        }
        for aside in back { Self.encode(aside, to: &spill) }
        back.removeAll(keepingCapacity: true)
        backBytes = 0
        try file.append(spill.bytes)
        if frontNext == front.count { try refill() }
    }

    private mutating func spillFile() throws(IntakeError) -> SpillFile {
        if let file { return file }
        let made = try SpillFile(directory: directory)
        file = made
        return made
    }

    private mutating func refill() throws(IntakeError) {
        front.removeAll(keepingCapacity: true)
        frontNext = 0
        guard let file, readOffset < file.count else {
            swap(&front, &back)
            backBytes = 0
            return
        }
        var most = max(64 << 10, budgetBytes / 4)
        var bytes: [UInt8] = []
        repeat {
            try file.read(at: readOffset, most: most, into: &bytes)
            var reader = SpillReader(bytes: bytes, index: 0)
            while reader.index + 4 <= bytes.count {
                let start = reader.index
                let length = Int(reader.take(UInt32.self))
                guard reader.index + length <= bytes.count else {
                    reader.index = start
                    if start == 0 { most = length + 4 }
                    break
                }
                front.append(Self.decode(from: &reader))
            }
            readOffset += Int64(reader.index)
        } while front.isEmpty
    }

    private static func encode(_ aside: Aside, to spill: inout SpillWriter) {
        var body = SpillWriter()
        body.put(aside.number)
        switch aside.kind {
        case .skipped: body.put(UInt8(0))
        case .unknownType(let name):
            body.put(UInt8(1))
            body.put(name)
        case .refused(let record):
            body.put(UInt8(2))
            body.put(record.byteOffset)
            body.put(Array(record.code.utf8))
            body.put(Array(record.reason.utf8))
            body.put(record.sample)
        }
        spill.put(body.bytes)
    }

    private static func decode(from spill: inout SpillReader) -> Aside {
        let number: Int64 = spill.take()
        switch spill.take(UInt8.self) {
        case 0: return Aside(number: number, kind: .skipped)
        case 1: return Aside(number: number, kind: .unknownType(Array(spill.takeBytes())))
        default:
            let offset: Int64 = spill.take()
            let code = String(decoding: spill.takeBytes(), as: UTF8.self)
            let reason = String(decoding: spill.takeBytes(), as: UTF8.self)
            let record = RefusedRecord(
                number: number, byteOffset: offset, code: code, reason: reason, sample: Array(spill.takeBytes()))
            return Aside(number: number, kind: .refused(record))
        }
    }
}

import DriftFormats
public import DriftStore

/// What one file consists of.
public struct FeedSample: Hashable, Sendable {
    public var kind: FeedKind
    /// Columns in their order, or members in the order of first appearance.
    public var names: [String]
    /// Records looked at for members; 0 with columns.
    public var records: Int64
    /// By member: how many of those records have it.
    public var members: [String: Int64]

    public init(kind: FeedKind, names: [String], records: Int64 = 0, members: [String: Int64] = [:]) {
        self.kind = kind
        self.names = names
        self.records = records
        self.members = members
    }

    /// Records of a file that are looked at for members, about.
    static let recordsMax: Int64 = 10_000
    /// Bytes of a file that are looked at for members, about.
    static let bytesMax: Int64 = 8 << 20
    /// Members beyond which keys are taken for data.
    static let membersMax = 1_000

    /// The columns of a header.
    init(header: [String]) { self.init(kind: .columns, names: header) }

    /// Reads the beginning of a file once more, for everything that is in it: the mapping's own reading looks at
    /// nothing but what is mapped.
    /// - Returns: nil when there is nothing to tell: no record, or keys that are data.
    static func read(path: String, options: ReaderOptions) throws(IntakeError) -> FeedSample? {
        var options = options
        options.selection = .all
        let file = try WorkFile(path: path)
        let reader = RecordReader(options: options)
        var raw = RawRecords()
        var records: Int64 = 0
        var counts: [Int64] = []
        do {
            var isLast = false
            while !isLast, records < recordsMax, reader.contentBytes < bytesMax {
                let block = try file.read()
                isLast = block.isEmpty
                reader.push(block.span, isLast: isLast)
                var more = true
                while more, records < recordsMax {
                    raw.removeAll()
                    more = try reader.next(into: &raw)
                    count(raw, &counts)
                    records += Int64(raw.records.count)
                }
            }
        } catch let error as IntakeError {
            throw error
        } catch {
            // The first pass says what is wrong with the file.
            return nil
        }
        let names = reader.fieldNames
        guard records > 0, !names.isEmpty, names.count <= membersMax else { return nil }
        // Columns without a header.
        if reader.format == .csv { return FeedSample(kind: .columns, names: names) }
        var members: [String: Int64] = [:]
        for (index, name) in names.enumerated() { members[name] = index < counts.count ? counts[index] : 0 }
        return FeedSample(kind: .members, names: names, records: records, members: members)
    }

    private static func count(_ raw: borrowing RawRecords, _ counts: inout [Int64]) {
        for record in raw.records {
            if record.fieldCount > counts.count {
                counts.append(contentsOf: repeatElement(0, count: record.fieldCount - counts.count))
            }
            for index in 0..<record.fieldCount where !raw.fields[record.firstField + index].isMissing {
                counts[index] += 1
            }
        }
    }
}

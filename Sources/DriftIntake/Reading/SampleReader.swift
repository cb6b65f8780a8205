import DriftFormats

/// First bytes of records that were mapped, and refused afterwards: what people look at is read once more.
public enum SampleReader {
    /// Larger files are not read again for it; the place in the file is known all the same.
    public static let fileBytesMax: Int64 = 16 << 20

    /// - Parameter numbers: Of records.
    /// - Returns: By number; empty for a large file, or one that cannot be read any more.
    /// - Complexity: O(file up to the last of them).
    public static func samples(of numbers: Set<Int64>, in input: ApplyInput) -> [Int64: [UInt8]] {
        guard let last = numbers.max(), input.size <= fileBytesMax, let file = try? WorkFile(path: input.path) else {
            return [:]
        }
        var options = input.plan.reader
        if let encoding = TextEncoding(rawValue: input.encoding) { options.encoding = encoding }
        let stream = RawStream(file, options: options, isHashed: false)
        var raw = RawRecords()
        var samples: [Int64: [UInt8]] = [:]
        var hasMore = true
        while hasMore {
            raw.removeAll()
            guard let more = try? stream.next(into: &raw) else { return samples }
            hasMore = more && raw.records.last.map { $0.number < last } ?? true
            for record in raw.records where numbers.contains(record.number) {
                samples[record.number] = raw.sample(of: record)
            }
        }
        return samples
    }
}

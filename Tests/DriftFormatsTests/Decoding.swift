import DriftFormats

/// What a decoder made of a text: each record's fields as texts (nil: missing), and the rejects.
struct Decoded: Equatable {
    var names: [String] = []
    var rows: [[String?]] = []
    var numbers: [Int64] = []
    var offsets: [Int64] = []
    var raws: [[UInt8]] = []
    var rejects: [RawRecords.Reject] = []
    var failure: FormatFailure?

    var codes: [RawRecords.Reject.Code] { rejects.map(\.code) }
    var total: Int { rows.count + rejects.count }
}

/// Feeds a text in chunks of `chunk` bytes (nil: all at once).
func decode(_ decoder: some RecordDecoder, _ text: [UInt8], chunk: Int? = nil) -> Decoded {
    var decoder = decoder
    var result = Decoded()
    var start = 0
    repeat {
        let end = min(text.count, start + (chunk ?? max(1, text.count)))
        var records = RawRecords()
        do {
            try decoder.feed(text.span.extracting(start..<end), isLast: end == text.count, into: &records)
        } catch {
            result.failure = error
            return result
        }
        for record in records.records {
            result.rows.append(
                (0..<record.fieldCount).map { index in
                    records.bytes(index, of: record).map { String(decoding: $0, as: UTF8.self) }
                })
            result.numbers.append(record.number)
            result.offsets.append(record.byteOffset)
            result.raws.append(records.sample(of: record))
        }
        for var reject in records.rejects {
            reject.recordsBefore = 0
            result.rejects.append(reject)
        }
        start = end
    } while start < text.count
    result.names = decoder.fieldNames
    return result
}

func csv(
    _ text: String, _ options: CSVDialect = CSVDialect(), selection: FieldSelection = .all,
    limits: FormatLimits = FormatLimits(), chunk: Int? = nil
) -> Decoded {
    decode(CSVDecoder(options: options, selection: selection, limits: limits), Array(text.utf8), chunk: chunk)
}

func ndjson(
    _ text: String, selection: FieldSelection = .all, limits: FormatLimits = FormatLimits(), chunk: Int? = nil
) -> Decoded {
    do {
        return decode(
            try NDJSONDecoder(selection: selection, limits: limits), Array(text.utf8), chunk: chunk)
    } catch {
        return Decoded(failure: error)
    }
}

func json(
    _ text: String, selection: FieldSelection = .all, limits: FormatLimits = FormatLimits(), chunk: Int? = nil
) -> Decoded {
    do {
        return decode(try JSONArrayDecoder(selection: selection, limits: limits), Array(text.utf8), chunk: chunk)
    } catch {
        return Decoded(failure: error)
    }
}

func xml(
    _ text: String, record: String? = nil, selection: FieldSelection = .all, limits: FormatLimits = FormatLimits(),
    chunk: Int? = nil
) -> Decoded {
    do {
        return decode(
            try XMLDecoder(record: record, selection: selection, limits: limits), Array(text.utf8), chunk: chunk)
    } catch {
        return Decoded(failure: error)
    }
}

/// Pseudo-random numbers that repeat with their seed (SplitMix64, Steele et al. 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

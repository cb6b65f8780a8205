import DriftFormats

/// A reader to be tried.
enum FuzzTarget: String, CaseIterable {
    case csv, ndjson, json, xml, gzip, zstd, encoding

    /// How the target's inputs are read.
    func options(_ random: inout FuzzRandom) -> ReaderOptions {
        let limits = FormatLimits(
            recordBytesMax: [40, 300, 5_000, 1 << 20][random.below(4)], fieldsMax: [3, 50, 4096][random.below(3)],
            depthMax: [2, 10, 64][random.below(3)], decompressedBytesMax: 1 << 22, ratioMax: 1000)
        let selection: FieldSelection =
            random.below(2) == 0
            ? .all : .only(["a", "b", "a.b", "@a", "a.0", "b.1.a", "c1", "customer", "a.@b"])
        var options = ReaderOptions(selection: selection, limits: limits)
        switch self {
        case .csv:
            options.format = .csv
            options.csv = CSVDialect(
                delimiter: [nil, 0x2C, 0x3B, 0x09][random.below(4)], quote: random.below(8) == 0 ? nil : 0x22,
                hasHeader: random.below(4) != 0)
        case .ndjson: options.format = .ndjson
        case .json: options.format = .json
        case .xml:
            options.format = .xml
            options.xmlRecord = [nil, "a", "r"][random.below(3)]
        case .gzip, .zstd, .encoding: options.format = nil
        }
        if self == .encoding {
            let all = TextEncoding.allCases
            options.encoding = all[random.below(all.count)]
            options.isEncodingAssumed = random.below(2) == 0
        }
        return options
    }
}

/// Reads mutated inputs whole and in pieces, and says what must not be.
enum Fuzzer {
    struct Failure {
        var seed: UInt64
        var problem: String
        /// The input as a Swift array.
        var input: String
    }

    /// Most pieces that an input is cut into.
    private static let piecesMax = 1_000

    /// - Parameter seeds: One input each.
    static func run(_ target: FuzzTarget, seeds: Range<UInt64>) -> [Failure] {
        seeds.compactMap { seed in
            var random = FuzzRandom(state: seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(target.rawValue.utf8.count))
            let options = target.options(&random)
            let input = FuzzInput.make(target, &random)
            let chunk = 1 + random.below(random.below(2) == 0 ? 8 : 500)
            // A row that never ends is looked at again with every piece: of long inputs the pieces are longer.
            let problem = check(input, options, chunk: max(chunk, input.count / piecesMax))
            return problem.map { Failure(seed: seed, problem: $0, input: "\(input)") }
        }
    }

    /// What is wrong with the way an input is read; nil: nothing.
    static func check(_ input: [UInt8], _ options: ReaderOptions, chunk: Int) -> String? {
        let whole = Reading(input, options, chunk: max(1, input.count))
        let pieces = Reading(input, options, chunk: chunk)
        for reading in [whole, pieces] {
            if let problem = reading.problem { return problem }
        }
        // Which of two faults is met first depends on how far each part of the reader got.
        if (whole.failure == nil) != (pieces.failure == nil) {
            return "in pieces of \(chunk) it ends in \(describe(pieces.failure)), whole in \(describe(whole.failure))"
        }
        // Of a file that is refused as a whole, how much was read before is nobody's business.
        if whole.failure == nil, whole.entries != pieces.entries { return "in pieces of \(chunk) it reads differently" }
        return nil
    }

    private static func describe(_ failure: FormatFailure?) -> String { failure.map(\.description) ?? "no failure" }
}

/// All that a reader made of an input.
private struct Reading {
    var entries: [String] = []
    var failure: FormatFailure?
    var problem: String?

    init(_ input: [UInt8], _ options: ReaderOptions, chunk: Int) {
        let reader = RecordReader(options: options)
        var start = 0
        var number: Int64 = 0
        var steps = 0
        do throws(FormatFailure) {
            repeat {
                let end = min(input.count, start + chunk)
                reader.push(input.span.extracting(start..<end), isLast: end == input.count)
                start = end
                var more = true
                while more {
                    var records = RawRecords()
                    more = try reader.next(into: &records)
                    steps += 1
                    take(records, &number, input.count)
                }
                if steps > 200_000 { problem = "reading does not end" }
            } while problem == nil && !reader.isAtEnd
        } catch {
            failure = error
            if error.byteOffset < 0 { problem = "a failure at byte \(error.byteOffset)" }
        }
    }

    private mutating func take(_ records: RawRecords, _ number: inout Int64, _ inputBytes: Int) {
        var reject = 0
        for (index, record) in records.records.enumerated() {
            while reject < records.rejects.count, records.rejects[reject].recordsBefore <= index {
                take(records.rejects[reject], &number)
                reject += 1
            }
            number += 1
            if record.number != number { problem = "record \(record.number) comes as number \(number)" }
            if record.raw.range.upperBound > records.bytes.count { problem = "a record lies outside of the bytes" }
            var texts: [String] = []
            for index in 0..<record.fieldCount {
                let field = records.field(index, of: record)
                if field.isMissing { continue }
                guard field.range.upperBound <= records.bytes.count else {
                    problem = "a field lies outside of the bytes"
                    return
                }
                guard let text = String(validating: records.bytes[field.range], as: UTF8.self) else {
                    problem = "a field is not valid UTF-8"
                    return
                }
                texts.append("\(index)=\(text)")
            }
            entries.append("\(record.number) \(record.byteOffset) " + texts.joined(separator: "\u{1}"))
        }
        for left in records.rejects[reject...] { take(left, &number) }
    }

    private mutating func take(_ reject: RawRecords.Reject, _ number: inout Int64) {
        number += 1
        if reject.number != number { problem = "refused record \(reject.number) comes as number \(number)" }
        if reject.byteOffset < 0 || reject.reason.isEmpty { problem = "a record is refused without place or reason" }
        entries.append("\(reject.number) \(reject.byteOffset) \(reject.code.rawValue)")
    }
}

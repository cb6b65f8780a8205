import DriftEngine
import DriftFormats
import DriftModel

/// Reads a claimed file once, without any effect, and says whether it can be applied.
public enum FirstPass {
    /// Whether a file is large enough for a second thread.
    public static func gainsFromReadingAhead(bytes: Int64) -> Bool { bytes > 4 << 20 }

    /// Runs.
    /// - Parameters:
    ///   - path: The file, in work/.
    ///   - plan: Its source's mapping.
    ///   - context: Name, claim and the latest `at` accepted.
    ///   - readsAhead: Whether a second thread reads and decodes what comes next.
    ///   - progress: Called after every block with the bytes read so far; returning false stops the pass.
    /// - Returns: nil when `progress` stopped it.
    /// - Throws: ``IntakeError`` when the file could not be read or changed meanwhile: nothing is known of it.
    public static func run(
        path: String, plan: SourcePlan, context: FileContext, readsAhead: Bool = false,
        progress: (_ contentBytes: Int64, _ records: Int64) -> Bool = { _, _ in true }
    ) throws(IntakeError) -> Verdict? {
        var pass = Pass(plan: plan, context: context, options: plan.reader, readsAhead: readsAhead)
        guard var verdict = try pass.run(path: path, progress: progress) else { return nil }
        let isGuessed = plan.source.encoding == .auto && verdict.encoding == TextEncoding.utf8.rawValue
        let isNotUTF8 =
            verdict.quarantinedByCode.contains { $0.code == "invalid_utf8" }
            || verdict.failure?.code == FormatFailure.Code.invalidUTF8.rawValue || pass.headerIsNotUTF8
        if isGuessed, isNotUTF8 {
            var options = plan.reader
            options.encoding = .windows1252
            options.isEncodingAssumed = false
            var second = Pass(plan: plan, context: context, options: options, readsAhead: readsAhead)
            guard let other = try second.run(path: path, progress: progress) else { return nil }
            verdict = other
            verdict.warnings.append("not valid UTF-8, read as windows-1252; set 'encoding' to say what it is")
        }
        if verdict.isReadThrough, verdict.form == nil {
            var options = plan.reader
            if let encoding = TextEncoding(rawValue: verdict.encoding) {
                options.encoding = encoding
                options.isEncodingAssumed = false
            }
            verdict.form = try FeedSample.read(path: path, options: options)
        }
        return verdict
    }
}

private struct Pass {
    let plan: SourcePlan
    let context: FileContext
    let options: ReaderOptions
    let readsAhead: Bool
    var headerIsNotUTF8 = false
    private var verdict = Verdict()
    private var mapper: Mapper
    private var tally: FieldTally?
    private var refusals: [String: Int64] = [:]
    private var unknownTypes: [[UInt8]: Int64] = [:]
    private var skipped: Int64 = 0

    init(plan: SourcePlan, context: FileContext, options: ReaderOptions, readsAhead: Bool) {
        self.plan = plan
        self.readsAhead = readsAhead
        self.context = context
        self.options = options
        mapper = Mapper(plan: plan, file: context)
    }

    mutating func run(path: String, progress: (Int64, Int64) -> Bool) throws(IntakeError) -> Verdict? {
        let file = try WorkFile(path: path)
        verdict.stamp = try file.stamp()
        let stream = RawStream(file, options: options, isHashed: true)
        if verdict.stamp.size > plan.source.limits.fileBytes {
            verdict.failure = .init(
                code: "file_too_large",
                reason: "\(verdict.stamp.size) bytes, more than the \(plan.source.limits.fileBytes) allowed")
        } else {
            do {
                guard try read(stream, progress) else { return nil }
            } catch {
                switch error {
                case .system(let problem): throw problem
                case .format(let failure):
                    headerIsNotUTF8 = failure.code == .badHeader && failure.reason.contains("UTF-8")
                    verdict.failure = .init(
                        code: failure.code.rawValue, reason: failure.reason, byteOffset: failure.byteOffset)
                }
            }
        }
        verdict.sha256 = try stream.finishHash()
        if try file.stamp() != verdict.stamp { throw IntakeError(.changed, "read", path: path) }
        finish(stream)
        return verdict
    }

    private mutating func read(
        _ stream: RawStream, _ progress: (Int64, Int64) -> Bool
    ) throws(RawStream.Problem) -> Bool {
        var block = RawBlocks.Block()
        var batch = RecordBatch()
        var isHeaderChecked = false
        let blocks = RawBlocks(stream, isAhead: readsAhead)
        defer { blocks.finish() }
        while try blocks.next(into: &block) {
            batch.removeAll()
            if !isHeaderChecked, let header = block.header {
                isHeaderChecked = true
                verdict.form = FeedSample(header: header)
                verdict.failure = HeaderCheck.missing(plan, header: header)
            }
            take(&block.records, &batch)
            if tally == nil { tally = FieldTally(plan, header: block.header) }
            tally?.add(batch)
            if !progress(block.contentBytes, verdict.records) { return false }
        }
        return true
    }

    private mutating func take(_ raw: inout RawRecords, _ batch: inout RecordBatch) {
        verdict.lastRecord = max(
            verdict.lastRecord, raw.records.last?.number ?? 0, raw.rejects.last?.number ?? 0)
        for reject in raw.rejects where context.selection.contains(reject.number) {
            refuse(
                RefusedRecord(
                    number: reject.number, byteOffset: reject.byteOffset, code: reject.code.rawValue,
                    reason: reject.reason, sample: reject.sample))
        }
        let isAll = context.selection == .all
        verdict.records += isAll ? Int64(raw.records.count) : 0
        // Without its columns nothing can be said about the records.
        if verdict.failure != nil { return }
        mapper.prepare(&raw)
        for record in raw.records where isAll || context.selection.contains(record.number) {
            if !isAll { verdict.records += 1 }
            switch mapper.map(record, of: raw, into: &batch) {
            case .mapped:
                verdict.mapped += 1
                note(batch.records[batch.records.count - 1].at)
            case .skipped: skipped += 1
            case .unknownType: unknownTypes[mapper.typeName, default: 0] += 1
            case .refused(let code, let reason):
                verdict.records -= 1
                refuse(
                    RefusedRecord(
                        number: record.number, byteOffset: record.byteOffset, code: code, reason: reason,
                        sample: raw.sample(of: record)))
            }
        }
    }

    private mutating func note(_ at: Instant) {
        verdict.firstAt = min(verdict.firstAt ?? at, at)
        if let last = verdict.lastAt, at < last { verdict.isSorted = false } else { verdict.lastAt = at }
    }

    private mutating func refuse(_ record: RefusedRecord) {
        verdict.records += 1
        verdict.quarantined += 1
        refusals[record.code, default: 0] += 1
        if verdict.examples.count < Verdict.examplesMax { verdict.examples.append(record) }
    }

    private mutating func finish(_ stream: RawStream) {
        verdict.contentBytes = stream.contentBytes
        verdict.compression = (stream.compression ?? .none).rawValue
        verdict.encoding = (stream.encoding ?? options.encoding).rawValue
        verdict.format = (stream.format ?? options.format ?? .csv).rawValue
        verdict.delimiter = stream.delimiter.map { String(Unicode.Scalar($0)) }
        verdict.examples.sort { $0.number < $1.number }
        verdict.quarantinedByCode = refusals.map { IgnoredCount(code: $0.key, detail: "", count: $0.value) }
            .sorted { ($1.count, $0.code) < ($0.count, $1.code) }
        verdict.fields = tally?.fields ?? []
        verdict.ignoredTypes = unknownTypes.map { name, count in
            IgnoredCount(code: "type", detail: String(decoding: name, as: UTF8.self), count: count)
        }.sorted { $0.detail < $1.detail }
        if skipped > 0 { verdict.ignoredTypes.insert(IgnoredCount(code: "skip", detail: "", count: skipped), at: 0) }
        verdict.ignored = skipped + unknownTypes.values.reduce(0, +)
        if verdict.failure == nil, verdict.quarantinedShare > plan.source.quarantinedShareMax {
            let most = verdict.quarantinedByCode.prefix(3).map { "\($0.code) \($0.count)" }.joined(separator: ", ")
            verdict.failure = .init(
                code: "too_many_quarantined",
                reason: "\(verdict.quarantined) of \(verdict.records) records cannot be used (\(most)), more than the "
                    + "\(percent(plan.source.quarantinedShareMax)) that max_quarantined allows")
        }
    }

    private func percent(_ share: Double) -> String {
        let tenths = (share * 1000).rounded()
        return tenths.truncatingRemainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10)) %" : "\(tenths / 10) %"
    }
}

/// Compares a file's columns with those its mapping needs.
enum HeaderCheck {
    /// What is missing, with what is there; nil when nothing is.
    static func missing(_ plan: SourcePlan, header: [String]) -> Verdict.Failure? {
        let names = plan.fieldNames
        let missing = plan.requiredFields.map { names[$0] }.filter { !header.contains($0) }
        guard !missing.isEmpty else { return nil }
        let hints = missing.compactMap { name in
            DidYouMean.closest(to: name, among: header).map { "'\($0)' for '\(name)'" }
        }
        let listed = header.prefix(20).joined(separator: ", ") + (header.count > 20 ? ", …" : "")
        let quoted = missing.map { "'\($0)'" }.joined(separator: ", ")
        let question = hints.isEmpty ? headerless(header, names) : "; did you mean \(hints.joined(separator: ", "))?"
        return .init(
            code: "missing_column",
            reason:
                "the mapping needs \(missing.count == 1 ? "column" : "columns") \(quoted), the file has: \(listed)\(question)"
        )
    }

    /// Advice where the first line looks like a record: no name in it is known, and some begin with a digit.
    private static func headerless(_ header: [String], _ known: [String]) -> String {
        guard !header.contains(where: known.contains), header.contains(where: { $0.first?.isNumber == true }) else {
            return ""
        }
        return "; if its first line is a record already, set 'csv: {header: false}' and map c1, c2, …"
    }
}

import DriftEngine
import DriftModel
import Foundation
import Testing

@testable import DriftFormats
@testable import DriftIntake

/// Maps a whole text with a plan.
struct RecordReaderFixture {
    let plan: SourcePlan
    let text: String

    init(_ plan: SourcePlan, _ text: String) {
        self.plan = plan
        self.text = text
    }

    func batch() throws -> RecordBatch {
        let reader = RecordReader(options: plan.reader)
        var raw = RawRecords()
        reader.push(Array(text.utf8).span, isLast: true)
        while try reader.next(into: &raw) {}
        var mapper = Mapper(plan: plan, file: Hand.context())
        var batch = RecordBatch()
        mapper.prepare(&raw)
        for record in raw.records { _ = mapper.map(record, of: raw, into: &batch) }
        return batch
    }
}

@Suite struct FirstPassTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    func verdict(_ text: String, _ change: (inout SourceConfiguration) -> Void = { _ in }) throws -> Verdict {
        let path = try scratch.write(text)
        let plan = try Hand.plan(scratch.source(change))
        return try #require(try FirstPass.run(path: path, plan: plan, context: Hand.context()))
    }

    @Test func everyRecordIsCountedOnce() throws {
        let rows = (1...18).map { "C,refund,2026-01-\($0 < 10 ? "0" : "")\($0),1" }
        let verdict = try verdict(
            "customer,type,at,amount\n"
                + (rows + ["C,visit,2026-01-01,", "C,refund,never,1", "C"]).joined(separator: "\n"))
        #expect(verdict.failure == nil)
        #expect(verdict.records == 21)
        #expect(verdict.mapped == 18)
        #expect(verdict.ignored == 1)
        #expect(verdict.ignoredTypes == [IgnoredCount(code: "type", detail: "visit", count: 1)])
        #expect(verdict.quarantined == 2)
        #expect(verdict.examples.map(\.code) == ["unreadable_field", "field_count"])
        #expect(verdict.firstAt == Instant(seconds: 1_767_225_600))
        #expect(verdict.lastAt == Instant(seconds: 1_767_225_600 + 17 * 86_400))
        #expect(verdict.isSorted)
        #expect(verdict.format == "csv" && verdict.encoding == "utf-8" && verdict.compression == "none")
        #expect(verdict.sha256 == (try FileHash.sha256(path: scratch.incoming + "/x.csv")))
    }

    @Test func tooManyBadRecordsRefuseTheFile() throws {
        let verdict = try verdict("customer,type,at\nC,refund,2026-01-01\nC,refund,x\n")
        #expect(verdict.failure?.code == "too_many_quarantined")
        #expect(verdict.failure?.reason.contains("1 of 2 records") == true)
        #expect(verdict.failure?.reason.contains("20 %") == true)
    }

    @Test func aMissingColumnIsNamedWithWhatIsThere() throws {
        let verdict = try verdict("custmer,type,at\nC,refund,2026-01-01\n")
        #expect(verdict.failure?.code == "missing_column")
        #expect(
            verdict.failure?.reason
                == "the mapping needs column 'customer', the file has: custmer, type, at; did you mean 'custmer' for 'customer'?"
        )
        #expect(verdict.records == 1)
    }

    @Test func aFileWithoutAHeaderIsToldWhatToSet() throws {
        let reason = try verdict("C-1,refund,2026-01-01\nC-2,refund,2026-01-02\n").failure?.reason ?? ""
        #expect(reason.hasSuffix("set 'csv: {header: false}' and map c1, c2, …"))
    }

    @Test func anUnreadableHeaderStillGivesTheFileItsIdentity() throws {
        let verdict = try verdict("a,a\n1,2\n")
        #expect(verdict.failure?.code == "duplicate_header")
        #expect(verdict.sha256.count == 64)
    }

    @Test func textThatIsNoUTF8IsReadAsWindows1252WithAWarning() throws {
        let path = scratch.incoming + "/x.csv"
        try Data(Array("customer,type,at,amount\nJos".utf8) + [0xE9] + Array(",refund,2026-01-01,1\n".utf8)).write(
            to: URL(filePath: path))
        let plan = try Hand.plan(scratch.source())
        let verdict = try #require(try FirstPass.run(path: path, plan: plan, context: Hand.context()))
        #expect(verdict.failure == nil && verdict.mapped == 1)
        #expect(verdict.encoding == "windows-1252")
        #expect(verdict.warnings.count == 1)
        let stream = try ApplyStream([ApplyInput(path: path, plan: plan, context: Hand.context(), verdict: verdict)])
        var chunk = ApplyChunk()
        #expect(try stream.next(into: &chunk))
        #expect(words(chunk.batch, 0).hasPrefix("José "))
    }

    @Test func anEmptyFileHasNoRecordsAndNoFailure() throws {
        let verdict = try verdict("")
        #expect(verdict.failure == nil && verdict.records == 0)
    }

    @Test func aFIFOIsNeverWaitedFor() throws {
        let path = scratch.incoming + "/pipe"
        try #require(unsafe mkfifo(path, 0o600) == 0)
        let plan = try Hand.plan(scratch.source())
        #expect(throws: IntakeError.self) { try FirstPass.run(path: path, plan: plan, context: Hand.context()) }
    }
}

@Suite struct ApplyStreamTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Files of random records, dirty and out of order, and how they are to be applied.
    func inputs(seed: UInt64, sorted: Bool, files: Int) throws -> [ApplyInput] {
        var random = Seeded(state: seed)
        let plan = try Hand.plan(scratch.source { $0.quarantinedShareMax = 1 })
        return try (0..<files).map { file in
            var at: Int64 = 1_767_225_600
            let rows = (0..<Int.random(in: 0..<200, using: &random)).map { index -> String in
                at =
                    sorted
                    ? at + Int64.random(in: 0..<3, using: &random)
                    : 1_767_225_600 + Int64.random(in: 0..<90, using: &random)
                switch Int.random(in: 0..<10, using: &random) {
                case 0: return "broken"
                case 1: return "C\(index),visit,\(at),"
                case 2: return "C\(index),refund,never,"
                default: return "C\(index)-\(file),refund,\(at),\(index)"
                }
            }
            let path = try scratch.write("customer,type,at,amount\n" + rows.joined(separator: "\n"), "f\(file).csv")
            let verdict = try #require(try FirstPass.run(path: path, plan: plan, context: Hand.context("f\(file).csv")))
            return ApplyInput(path: path, plan: plan, context: Hand.context("f\(file).csv"), verdict: verdict)
        }
    }

    /// Everything a set gives, in chunks of a size, beginning where `positions` say.
    func run(
        _ inputs: [ApplyInput], chunk size: Int, stopAfter: Int = .max, sortBytes: Int = 1 << 20
    ) throws -> (
        records: [String], refused: [[Int64]], ignored: [Int64], positions: [Int64], complete: [Bool]
    ) {
        let stream = try ApplyStream(inputs, chunkRecords: size, sortBytes: sortBytes)
        var chunk = ApplyChunk()
        var records: [String] = []
        var refused = [[Int64]](repeating: [], count: inputs.count)
        var ignored = [Int64](repeating: 0, count: inputs.count)
        var positions = inputs.map(\.position)
        var complete = inputs.map { _ in false }
        var chunks = 0
        while chunks < stopAfter, try stream.next(into: &chunk) {
            chunks += 1
            for (index, record) in chunk.batch.records.enumerated() {
                records.append("\(record.file)/\(record.number) \(words(chunk.batch, index))")
            }
            for (index, share) in chunk.shares.enumerated() {
                refused[index] += share.refused.map(\.number)
                ignored[index] += share.ignoredCount
                positions[index] = share.position
                complete[index] = complete[index] || share.isComplete
            }
        }
        return (records, refused, ignored, positions, complete)
    }

    /// Catches a resume that forgets how far a file had come because its next record is not in the first chunk: killed
    /// again then, its records would be applied twice.
    @Test(arguments: [true, false])
    func aResumedFileKeepsItsPlaceBeforeItGivesItsFirstRecord(sorted: Bool) throws {
        let plan = try Hand.plan(scratch.source())
        let rows =
            sorted
            ? ["A,refund,1767225600,1", "A,refund,1767229000,1"] : ["A,refund,1767229000,1", "A,refund,1767225600,1"]
        let texts = ["b.csv": rows, "a.csv": (0..<5).map { "B,refund,\(1_767_226_000 + $0),1" }]
        var inputs: [ApplyInput] = []
        for name in ["b.csv", "a.csv"] {
            let path = try scratch.write("customer,type,at,amount\n" + texts[name]!.joined(separator: "\n"), name)
            let verdict = try #require(try FirstPass.run(path: path, plan: plan, context: Hand.context(name)))
            inputs.append(ApplyInput(path: path, plan: plan, context: Hand.context(name), verdict: verdict))
        }
        let first = try run(inputs, chunk: 1, stopAfter: 1)
        #expect(first.positions == [1, 0])
        for index in inputs.indices { inputs[index].position = first.positions[index] }
        let second = try run(inputs, chunk: 2, stopAfter: 1)
        #expect(second.positions == [1, 2])
    }

    @Test func aSetMayHaveMoreFilesThanAProcessMayOpen() throws {
        let plan = try Hand.plan(scratch.source())
        let inputs = try (0..<300).map { index in
            let path = try scratch.write(
                "customer,type,at,amount\nC\(index),refund,\(1_767_225_600 + index),1\n", "\(index).csv")
            let verdict = try #require(try FirstPass.run(path: path, plan: plan, context: Hand.context("f")))
            return ApplyInput(path: path, plan: plan, context: Hand.context("f"), verdict: verdict)
        }
        let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        let stream = try ApplyStream(inputs)
        let after = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        #expect(after - before < 250)
        var chunk = ApplyChunk()
        #expect(try stream.next(into: &chunk))
        #expect(chunk.batch.records.map(\.file) == (0..<300).map { Int32($0) })
        #expect(chunk.isLast)
    }

    /// Catches lost and repeated records at chunk borders and resumes, whatever the order of the file.
    @Test(arguments: 0..<24)
    func chunksAndResumesDoNotChangeTheStream(seed: Int) throws {
        let inputs = try inputs(seed: UInt64(seed), sorted: seed % 2 == 0, files: 1 + seed % 3)
        let whole = try run(inputs, chunk: 100_000)
        let total = whole.records.count + whole.refused.map(\.count).reduce(0, +) + Int(whole.ignored.reduce(0, +))
        #expect(Int64(total) == whole.positions.reduce(0, +), "seed \(seed)")
        #expect(!whole.complete.contains(false))
        for size in [1, 7, 50] {
            let chunked = try run(inputs, chunk: size)
            #expect(chunked.records == whole.records, "seed \(seed), chunks of \(size)")
            #expect(
                chunked.refused == whole.refused && chunked.ignored == whole.ignored, "seed \(seed), chunks of \(size)")
        }
        let tiny = try run(inputs, chunk: 19, sortBytes: 1)
        #expect(tiny.records == whole.records && tiny.refused == whole.refused, "seed \(seed), through files")
        #expect(tiny.ignored == whole.ignored && tiny.positions == whole.positions, "seed \(seed), through files")
        for stop in [1, 2, 5] {
            let first = try run(inputs, chunk: 11, stopAfter: stop, sortBytes: 1)
            var resumed = inputs
            for index in resumed.indices { resumed[index].position = first.positions[index] }
            let second = try run(resumed, chunk: 13, sortBytes: stop == 1 ? 1 : 1 << 20)
            #expect(first.records + second.records == whole.records, "seed \(seed), stopped after \(stop)")
            #expect(
                zip(first.refused, second.refused).map { $0 + $1 } == whole.refused,
                "seed \(seed), stopped after \(stop)")
            #expect(
                zip(first.ignored, second.ignored).map { $0 + $1 } == whole.ignored,
                "seed \(seed), stopped after \(stop)")
            #expect(second.positions == whole.positions, "seed \(seed), stopped after \(stop)")
        }
    }

    @Test(arguments: 0..<6)
    func aSetIsMergedByTimeThenFileThenRecord(seed: Int) throws {
        let inputs = try inputs(seed: UInt64(seed) + 100, sorted: seed % 2 == 0, files: 3)
        let stream = try ApplyStream(inputs)
        var chunk = ApplyChunk()
        _ = try stream.next(into: &chunk)
        let keys = chunk.batch.records.map { ($0.at, $0.file, $0.number) }
        #expect(zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 }, "seed \(seed)")
        #expect(chunk.isLast)
    }

    @Test func aFileThatChangedIsNotApplied() throws {
        let inputs = try inputs(seed: 3, sorted: true, files: 1)
        let stream = try ApplyStream(inputs, chunkRecords: 5)
        var chunk = ApplyChunk()
        #expect(try stream.next(into: &chunk))
        let handle = try FileHandle(forWritingTo: URL(filePath: inputs[0].path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("C,refund,2026-01-01,1\n".utf8))
        try handle.close()
        #expect(throws: IntakeError.self) { try stream.next(into: &chunk) }
        #expect(throws: IntakeError.self) { try ApplyStream(inputs) }
    }
}

extension ApplyStreamTests {
    /// Of the same length, between both passes: a producer that kept the file open, or one that maps it.
    @Test func aFileThatWasWrittenOverSinceItsFirstPassIsNotApplied() throws {
        let inputs = try inputs(seed: 3, sorted: true, files: 1)
        let handle = try FileHandle(forWritingTo: URL(filePath: inputs[0].path))
        let end = try handle.seekToEnd()
        try handle.seek(toOffset: end - 2)
        try handle.write(contentsOf: Data("7".utf8))
        try handle.close()
        #expect(throws: IntakeError.self) { try ApplyStream(inputs) }
    }

    /// More files than are opened at once are opened when their turn comes, with the same result.
    @Test(arguments: [true, false]) func aLongSetIsMergedLikeAShortOne(sorted: Bool) throws {
        var inputs = try inputs(seed: 5, sorted: sorted, files: 150)
        func all() throws -> [String] {
            let stream = try ApplyStream(inputs, chunkRecords: 50)
            var chunk = ApplyChunk()
            var found: [String] = []
            var complete = 0
            while try stream.next(into: &chunk) {
                found += chunk.batch.records.indices.map {
                    "\(chunk.batch.records[$0].file) \(chunk.batch.records[$0].number) \(words(chunk.batch, $0))"
                }
                complete += chunk.shares.count { $0.isComplete }
            }
            #expect(complete == inputs.count)
            return found
        }
        let lazily = try all()
        for index in inputs.indices { inputs[index].firstAt = nil }
        #expect(try all() == lazily)
    }

    /// Records are copied in runs where no other file's come between: cut anywhere, they are the same.
    @Test(arguments: [1, 2, 3, 7, 1_000]) func runsOfRecordsAreTheSameHoweverTheyAreCut(chunkRecords: Int) throws {
        let inputs = try inputs(seed: 11, sorted: true, files: 1)
        let (all, some) = (try ApplyStream(inputs), try ApplyStream(inputs, chunkRecords: chunkRecords))
        var whole = ApplyChunk()
        #expect(try all.next(into: &whole))
        var next = 0
        var chunk = ApplyChunk()
        while try some.next(into: &chunk) {
            #expect(chunk.batch.records.count <= chunkRecords)
            for index in chunk.batch.records.indices {
                #expect(words(chunk.batch, index) == words(whole.batch, next))
                #expect(chunk.batch.records[index].number == whole.batch.records[next].number)
                next += 1
            }
        }
        #expect(next == whole.batch.records.count && next > 0)
    }
}

/// SplitMix64.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

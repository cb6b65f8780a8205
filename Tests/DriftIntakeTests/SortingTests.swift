import DriftEngine
import DriftModel
import Foundation
import Testing

@testable import DriftFormats
@testable import DriftIntake

@Suite struct SortingTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Records whose instants repeat often, so that ties are tried.
    func batch(_ numbers: Range<Int64>, _ random: inout Seeded) -> RecordBatch {
        var batch = RecordBatch()
        for number in numbers {
            let name = Array("customer \(number)".utf8)
            let start = batch.text.count
            batch.text += name
            let id = Array("id-\(number)".utf8)
            let hasID = Bool.random(using: &random)
            if hasID { batch.text += id }
            let item = batch.text.count
            batch.text += Array("item \(number % 7)".utf8)
            let events = batch.events.count
            for _ in 0..<Int.random(in: 0..<3, using: &random) {
                batch.events.append(.init(type: Int32(number % 3), cells: batch.cells.count))
                batch.cells += [.number(Double(number)), .null, .text(offset: item, count: batch.text.count - item)]
            }
            batch.records.append(
                .init(
                    file: 0, number: number, customer: 0, customerName: start..<(start + name.count),
                    at: Instant(seconds: Int64.random(in: 0..<500, using: &random)),
                    idHash: hasID ? UInt64(number) : nil, contentHash: UInt32(number), trust: .internal,
                    events: events..<batch.events.count,
                    id: hasID ? (start + name.count)..<(start + name.count + id.count) : 0..<0))
        }
        return batch
    }

    func texts(_ batch: RecordBatch) -> [String] {
        batch.records.map { record in
            let name = String(decoding: batch.text[record.customerName], as: UTF8.self)
            let id = String(decoding: batch.text[record.id], as: UTF8.self)
            let cells = batch.events[record.events].map { event in
                let cell = batch.cells[event.cells + 2]
                return "\(event.type) \(batch.cells[event.cells].number) "
                    + String(decoding: batch.text[cell.textRange], as: UTF8.self)
            }
            return
                "\(record.at.microseconds) \(record.number) \(name) \(id) \(record.idHash ?? 0) \(record.contentHash) "
                + cells.joined(separator: "; ")
        }
    }

    @Test(arguments: 0..<8)
    func throughFilesTheOrderIsThatOfMemory(seed: Int) throws {
        var random = Seeded(state: UInt64(seed) &+ 40)
        let whole = batch(1..<5_000, &random)
        let inMemory = RecordSorter(directory: scratch.root, budgetBytes: .max)
        let throughFiles = RecordSorter(directory: scratch.root, budgetBytes: 8 << 10)
        for sorter in [inMemory, throughFiles] {
            var part = RecordBatch()
            for index in whole.records.indices {
                part.append(index, of: whole, file: 0)
                if index % 13 == 0 { try sorter.add(&part) }
            }
            try sorter.finish(&part)
        }
        var results: [[String]] = []
        for sorter in [inMemory, throughFiles] {
            var result = RecordBatch()
            while let head = sorter.head {
                let number = sorter.number
                try sorter.take(into: &result, file: 0)
                #expect(result.records.last?.at == head && result.records.last?.number == number, "seed \(seed)")
            }
            let keys = result.records.map { ($0.at, $0.number) }
            #expect(zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 }, "seed \(seed)")
            results.append(texts(result))
        }
        #expect(results[0] == results[1], "seed \(seed)")
        #expect(results[0].count == 4_999)
    }

    @Test func nothingIsLeftInTheDirectory() throws {
        var random = Seeded(state: 1)
        var part = batch(1..<3_000, &random)
        let sorter = RecordSorter(directory: scratch.layout.work, budgetBytes: 1 << 10)
        try sorter.add(&part)
        // What a crash at this moment would leave.
        #expect(try scratch.names("work").isEmpty)
        #expect(sorter.head == nil)
    }

    @Test func whatACrashLeftOnAnOlderFileSystemIsRemovedAtTheStart() throws {
        try scratch.write("half a run", ".sort-123", in: scratch.layout.work)
        let store = try scratch.store()
        let report = try SpoolRecovery(layout: scratch.layout, files: scratch.files).run(
            sources: [scratch.source()], store: store, now: Hand.claim)
        #expect(report.adopted.isEmpty)
        #expect(try scratch.names("work").isEmpty)
    }

    @Test func aDirectoryThatIsNotThereIsSaid() {
        #expect(throws: IntakeError.self) { try SpillFile(directory: "/nowhere/at/all") }
    }

    @Test(arguments: 0..<20)
    func recordsAsideComeOutAsTheyWentIn(seed: Int) throws {
        var random = Seeded(state: UInt64(seed) &+ 7)
        var queue = AsideQueue(directory: scratch.root, budgetBytes: 4 << 10)
        var expected: [Int64] = []
        var found: [Int64] = []
        let takenMost = seed % 2 == 0 ? 2 : 3
        for number in Int64(1)..<2_000 {
            let kind: Aside.Kind =
                switch Int.random(in: 0..<3, using: &random) {
                case 0: .skipped
                case 1: .unknownType(Array("visit \(number)".utf8))
                default:
                    .refused(
                        RefusedRecord(
                            number: number, byteOffset: number * 7, code: "field_count", reason: "reason \(number)",
                            sample: Array(repeating: UInt8(truncatingIfNeeded: number), count: Int(number % 50))))
                }
            try queue.append(Aside(number: number, kind: kind))
            expected.append(number)
            for _ in 0..<Int.random(in: 0..<takenMost, using: &random) {
                guard let first = queue.first else { break }
                found.append(first.number)
                if case .refused(let record) = first.kind {
                    #expect(record.reason == "reason \(first.number)" && record.sample.count == Int(first.number % 50))
                }
                try queue.removeFirst()
            }
            #expect(queue.count == Int64(expected.count - found.count), "seed \(seed)")
        }
        while let first = queue.first {
            found.append(first.number)
            try queue.removeFirst()
        }
        #expect(found == expected, "seed \(seed)")
    }
}

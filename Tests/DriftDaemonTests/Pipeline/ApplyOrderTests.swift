import DriftModel
import DriftStore
import Foundation
import Testing

@testable import DriftDaemon

/// Which files form a set, and in which order sets are taken: as the ledger has them against a plain definition over
/// a list.
@Suite struct ApplyOrderTests {
    struct Waiting: Hashable {
        var source = "s0"
        var name = "f"
        var first: Int64?
        var last: Int64?
        var records: Int64 = 0
    }

    /// A ledger of files that wait, in memory of nothing but a scratch file.
    final class LedgerOfWaiting {
        private let path = NSTemporaryDirectory() + "apply-order-\(UUID().uuidString).sqlite"
        let store: Store
        let sources = ["s0", "s1", "s2"]

        init(_ files: [Waiting]) throws {
            store = try Store.open(path: path)
            try store.write { transaction in
                for (number, file) in files.enumerated() {
                    let at = Instant(seconds: 0)
                    let fileID = try transaction.insertFile(
                        NewFile(
                            source: file.source, name: Array(file.name.utf8), device: 0, inode: 0, size: 0,
                            modifiedAt: at, seenAt: at, claimedAt: at, storedPath: "work"))
                    let digits = String(number, radix: 16)
                    try transaction.recordVerdict(
                        fileID,
                        FileVerdict(
                            sha256: String(repeating: "0", count: 64 - digits.count) + digits, size: 0,
                            contentBytes: 0, format: "csv", encoding: "utf-8", compression: "none", warnings: [],
                            scanned: file.records, rejects: 0, firstAt: file.first.map { Instant(seconds: $0) },
                            lastAt: file.last.map { Instant(seconds: $0) }))
                    try transaction.setFileState(fileID, .valid)
                }
            }
        }

        deinit { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }

        func next(
            joining: ApplyOrder.Joining = .none, _ canApply: (WaitingRow) -> Bool = { _ in true }
        ) throws -> (ids: [Int64], first: Instant?)? {
            try store.write { transaction in
                try ApplyOrder.next(in: transaction, sources: sources, joining: joining, canApply: canApply)
            }.map { ($0.set.map(\.fileID), $0.firstWaiting) }
        }

        func finish(_ ids: [Int64]) throws {
            try store.write { transaction in
                for fileID in ids { try transaction.setFileState(fileID, .quarantinePending) }
            }
        }
    }

    @Test func filesAreTakenInOrderOfTheirFirstEvent() throws {
        let ledger = try LedgerOfWaiting([Waiting(first: 100, last: 199), Waiting(first: 0, last: 99)])
        #expect(try ledger.next()?.ids == [2])
    }

    @Test func overlappingFilesFormOneSetThroughChains() throws {
        let ledger = try LedgerOfWaiting([
            Waiting(name: "a", first: 0, last: 50), Waiting(name: "b", first: 40, last: 90),
            Waiting(name: "c", first: 90, last: 95), Waiting(name: "d", first: 96, last: 99),
        ])
        #expect(try ledger.next()?.ids == [1, 2, 3])
    }

    @Test func tiesGoBySourceThenNameThenAge() throws {
        let ledger = try LedgerOfWaiting([
            Waiting(source: "s1", name: "a", first: 0, last: 9), Waiting(name: "b", first: 0, last: 9),
            Waiting(name: "a", first: 0, last: 9), Waiting(name: "a", first: 0, last: 9),
        ])
        #expect(try ledger.next()?.ids == [3, 4, 2, 1])
    }

    @Test func aFileWithoutEventsHoldsUpNobodyAndDoesNotMoveTimeOn() throws {
        let ledger = try LedgerOfWaiting([Waiting(first: 5, last: 9), Waiting()])
        let next = try #require(try ledger.next())
        #expect(next.ids == [2])
        #expect(next.first == Instant(seconds: 5))
    }

    @Test func whatCannotBeAppliedIsPassedOver() throws {
        let ledger = try LedgerOfWaiting([
            Waiting(first: 0, last: 9), Waiting(), Waiting(source: "gone", name: "g"), Waiting(first: 20, last: 29),
        ])
        let next = try #require(try ledger.next { [4].contains($0.fileID) })
        #expect(next.ids == [4])
        #expect(next.first == Instant(seconds: 20))
    }

    @Test func smallFilesThatFollowOneAnotherAreJoinedUpToALimit() throws {
        let files = (0..<10).map { (number: Int64) -> Waiting in
            Waiting(name: "\(number)", first: number * 10, last: number * 10 + 5, records: 30)
        }
        let ledger = try LedgerOfWaiting(files)
        #expect(try ledger.next(joining: .init(filesMax: 4, recordsMax: 1_000))?.ids == [1, 2, 3, 4])
        #expect(try ledger.next(joining: .init(filesMax: 100, recordsMax: 90))?.ids == [1, 2, 3])
        #expect(try ledger.next(joining: .init(filesMax: 100, recordsMax: 10))?.ids == [1])
        #expect(try ledger.next(joining: .init(filesMax: 100, recordsMax: 1_000))?.ids == Array(1...10))
    }

    @Test func filesThatOverlapAreNotPartedByALimit() throws {
        let ledger = try LedgerOfWaiting([
            Waiting(name: "a", first: 0, last: 5, records: 1), Waiting(name: "b", first: 10, last: 25, records: 1),
            Waiting(name: "c", first: 20, last: 25, records: 1), Waiting(name: "d", first: 30, last: 35, records: 1),
        ])
        #expect(try ledger.next(joining: .init(filesMax: 2, recordsMax: 9))?.ids == [1])
        try ledger.finish([1])
        // However many they are.
        #expect(try ledger.next(joining: .init(filesMax: 1, recordsMax: 1))?.ids == [2, 3])
        #expect(try ledger.next(joining: .init(filesMax: 3, recordsMax: 9))?.ids == [2, 3, 4])
    }

    @Test func filesWithoutEventsAreTakenTogether() throws {
        let ledger = try LedgerOfWaiting([
            Waiting(source: "s1", name: "b"), Waiting(name: "z"), Waiting(first: 1, last: 2), Waiting(name: "a"),
        ])
        #expect(try ledger.next(joining: .init(filesMax: 2, recordsMax: 9))?.ids == [4, 2])
        #expect(try ledger.next(joining: .init(filesMax: 9, recordsMax: 9))?.ids == [4, 2, 1])
    }

    @Test func manyWaitOrFew() throws {
        let ledger = try LedgerOfWaiting((0..<3).map { Waiting(name: "\($0)", first: 0, last: 1) })
        #expect(try ledger.store.write { try [$0.waits(moreThan: 2), $0.waits(moreThan: 3)] } == [true, false])
    }

    @Test func nothingWaitsNothingIsTaken() throws {
        #expect(try LedgerOfWaiting([]).next() == nil)
    }

    /// The definition: sort all, take from the front until one begins after all before it have ended.
    static func plain(_ files: [(id: Int64, file: Waiting)]) -> [Int64] {
        func ties(_ left: (id: Int64, file: Waiting), _ right: (id: Int64, file: Waiting)) -> Bool {
            (left.file.source, left.file.name, left.id) < (right.file.source, right.file.name, right.id)
        }
        if let empty = files.filter({ $0.file.first == nil }).min(by: ties) { return [empty.id] }
        let byTime = files.sorted { left, right in
            left.file.first! == right.file.first! ? ties(left, right) : left.file.first! < right.file.first!
        }
        guard let head = byTime.first else { return [] }
        var set = [head]
        var end = head.file.last!
        for next in byTime.dropFirst() {
            guard next.file.first! <= end else { break }
            set.append(next)
            end = max(end, next.file.last!)
        }
        return set.sorted(by: ties).map(\.id)
    }

    @Test(arguments: 0..<20)
    func setsAreThoseOfThePlainDefinition(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed) &* 77 + 1)
        let files = (0..<60).map { _ -> Waiting in
            var file = Waiting(source: "s\(random.below(3))", name: "n\(random.below(8))")
            if random.below(10) > 0 {
                let first = Int64(random.below(600))
                file.first = first
                file.last = first + Int64(random.below(20))
            }
            return file
        }
        let ledger = try LedgerOfWaiting(files)
        var left = files.enumerated().map { (id: Int64($0 + 1), file: $1) }
        while let next = try ledger.next() {
            #expect(next.ids == Self.plain(left), "seed \(seed), \(left.count) left")
            #expect(next.first == left.compactMap(\.file.first).min().map { Instant(seconds: $0) }, "seed \(seed)")
            left.removeAll { next.ids.contains($0.id) }
            try ledger.finish(next.ids)
            if next.ids.isEmpty { break }
        }
        #expect(left.isEmpty)
    }

    /// Small and good enough to draw test cases.
    struct SplitMix {
        private var state: UInt64
        init(seed: UInt64) { state = seed }

        mutating func below(_ bound: UInt64) -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return (z ^ (z >> 31)) % bound
        }
    }
}

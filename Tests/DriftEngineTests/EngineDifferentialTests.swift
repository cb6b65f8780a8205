import DriftEngine
import DriftModel
import Testing

/// The engine against the oracle on random models and histories. Catches stale state, missed dependencies, moves
/// that time brings and are overlooked; cannot catch what oracle and engine both get wrong.
@Suite struct EngineDifferentialTests {
    @Test(arguments: Seeds.all(150))
    func aHistoryInOrderGivesTheTransitionsOfTheOracle(seed: UInt64) {
        var random = RandomModel(seed: seed)
        let records = random.history(random.rng.int(1...14))
        let end = random.builder.axis.tick(of: records[records.count - 1].at) + 25
        var oracle = Oracle(random.builder)
        for record in records { _ = oracle.apply(record, logicalBefore: random.start) }
        oracle.walk(to: end)
        var driver = Driver(random.builder)
        driver.apply(records, logicalBefore: random.start)
        driver.advance(to: end)
        expectSame(driver.log, oracle.log, seed)
        expectChain(driver.log, seed)
    }

    @Test(arguments: Seeds.all(150))
    func recordsInAnyOrderAreTakenAsTheOracleTakesThem(seed: UInt64) throws {
        var random = RandomModel(seed: seed)
        var records = random.history(random.rng.int(2...14), withIDs: true)
        for _ in 0..<4 {
            records.swapAt(
                random.rng.int(0...(records.count - 1)), random.rng.int(0...(records.count - 1)))
        }
        var oracle = Oracle(random.builder)
        var driver = Driver(random.builder)
        var classes: [RecordClass] = []
        var logical = random.start
        var rest = records[...]
        while !rest.isEmpty {
            let file = Array(rest.prefix(random.rng.int(1...4)))
            rest = rest.dropFirst(file.count)
            for record in file { classes.append(oracle.apply(record, logicalBefore: logical)) }
            driver.apply(file, logicalBefore: logical)
            try driver.recode()
            if random.rng.chance(50) {
                logical = max(logical, file[file.count - 1].at.advanced(bySeconds: Int64(random.rng.int(0...200_000))))
                oracle.walk(to: random.builder.axis.tick(of: logical))
                driver.advance(to: random.builder.axis.tick(of: logical))
            }
        }
        #expect(driver.classes == classes, "seed \(seed)")
        expectSame(driver.log, oracle.log, seed)
        expectChain(driver.log, seed)
    }

    private func expectSame(_ engine: [LogLine], _ oracle: [LogLine], _ seed: UInt64) {
        guard engine != oracle else { return }
        let place = zip(engine, oracle).enumerated().first { $1.0 != $1.1 }?.offset ?? min(engine.count, oracle.count)
        let mine = place < engine.count ? engine[place].description : "nothing"
        let theirs = place < oracle.count ? oracle[place].description : "nothing"
        Issue.record("seed \(seed), line \(place):\n engine \(mine)\n oracle \(theirs)")
    }

    private func expectChain(_ log: [LogLine], _ seed: UInt64) {
        var last: [Int: LogLine] = [:]
        for line in log {
            #expect(line.from == last[line.segmentation]?.to, "seed \(seed)")
            #expect(line.seq == (last[line.segmentation]?.seq ?? 0) + 1, "seed \(seed)")
            #expect(line.from != line.to, "seed \(seed)")
            if let before = last[line.segmentation] { #expect(before.effectiveAt <= line.effectiveAt, "seed \(seed)") }
            last[line.segmentation] = line
        }
    }
}

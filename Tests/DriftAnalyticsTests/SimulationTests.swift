import DriftAnalytics
import DriftModel
import Testing

@Suite struct SimulationTests {
    static let start: DayNumber = 20_454  // 2026-01-01

    static func options(customers: Int = 60, days: Int = 90, seed: UInt64 = 7) -> ShopSimulation.Options {
        .init(customers: customers, days: days, seed: seed, start: start)
    }

    static func days(_ options: ShopSimulation.Options) -> [SimulatedDay] {
        var simulation = ShopSimulation(options)
        var days: [SimulatedDay] = []
        while let day = simulation.nextDay() { days.append(day) }
        return days
    }

    /// Digest of every byte of every file, and what the manifest says.
    static func written(
        _ options: ShopSimulation.Options, dirt: Double, format: SimulatedFormat
    ) -> (digest: UInt64, manifest: SimulationManifest, text: String) {
        let writer = SimulatedFileWriter(seed: options.seed, customers: options.customers, dirt: dirt)
        var hash = StableHash()
        var manifest = SimulationManifest()
        var text = ""
        for day in days(options) {
            let files = writer.files(of: day) { _ in format }
            for file in files {
                hash.combine(file.bytes.span)
                text += String(decoding: file.bytes, as: UTF8.self)
            }
            manifest.add(day, files)
        }
        return (hash.finalize(), manifest, text)
    }

    @Test func theSameOptionsGiveTheSameBytes() {
        let first = Self.written(Self.options(), dirt: 0.02, format: .csv)
        let second = Self.written(Self.options(), dirt: 0.02, format: .csv)
        #expect(first.digest == second.digest)
        #expect(first.manifest == second.manifest)
        #expect(Self.written(Self.options(seed: 8), dirt: 0.02, format: .csv).digest != first.digest)
    }

    /// Files made by an older release stay reproducible: change this only with a note in the change log.
    @Test func theBytesOfAReleaseDoNotChange() {
        #expect(Self.written(Self.options(), dirt: 0.02, format: .csv).digest == 4_309_825_746_148_080_918)
        #expect(Self.written(Self.options(), dirt: 0.02, format: .ndjson).digest == 3_962_917_820_462_237_627)
    }

    @Test func aCustomersLifeDoesNotDependOnHowManyOthersThereAre() {
        func life(_ days: [SimulatedDay]) -> [String] {
            days.flatMap { day in day.records.filter { $0.customer == 3 }.map { "\(day.day) \($0.second) \($0.type)" } }
        }
        let few = life(Self.days(Self.options(customers: 10)))
        #expect(few == life(Self.days(Self.options(customers: 50))))
        #expect(!few.isEmpty)
    }

    @Test func aShopHasBuyersRefundsVisitorsAndProspects() {
        let records = Self.days(Self.options(customers: 400, days: 180)).flatMap(\.records)
        let buyers = Set(records.filter { $0.type == "purchase" }.map(\.customer))
        let known = Set(records.map(\.customer))
        #expect(buyers.count > 300 && buyers.count < known.count)
        #expect(records.contains { $0.type == "refund" })
        let cents = records.compactMap { record -> Int? in
            guard case .order(let isRefund, let cents, _, _, _) = record.kind else { return nil }
            #expect(isRefund == (cents < 0))
            return cents
        }
        let total = cents.reduce(0, +)
        #expect(total > 0)
        #expect((cents.max() ?? 0) > 10 * total / cents.count, "amounts have a long tail")
    }

    @Test func aShockTakesItsShareOfTheOrders() {
        func orders(_ shock: ShopSimulation.Shock?) -> Int {
            var options = Self.options(customers: 800, days: 120)
            options.shock = shock
            return Self.days(options).suffix(30).flatMap(\.records).count { $0.type == "purchase" }
        }
        let calm = orders(nil)
        let shocked = orders(.init(day: 80, share: 0.5))
        #expect(Double(shocked) < 0.85 * Double(calm))
        #expect(orders(.init(day: 80, share: 1)) < calm / 2)
    }

    @Test func everySpoiltRecordIsCounted() {
        let (_, manifest, text) = Self.written(Self.options(customers: 300), dirt: 0.05, format: .csv)
        let lines = text.split(separator: "\n").count { !$0.hasPrefix("id,") }
        #expect(lines == manifest.lines)
        #expect(Dirt.allCases.allSatisfy { (manifest.dirt[$0] ?? 0) > 0 })
        let share = Double(manifest.dirt.values.reduce(0, +)) / Double(manifest.lines)
        #expect(share > 0.03 && share < 0.07)
        #expect(text.split(separator: "\n").count { $0.contains("2099-12-31") } == manifest.dirt[.future])
    }

    @Test func dirtLeavesTheCleanRecordsAlone() {
        let clean = Set(Self.written(Self.options(), dirt: 0, format: .csv).text.split(separator: "\n"))
        let (_, manifest, text) = Self.written(Self.options(), dirt: 0.1, format: .csv)
        let kept = Set(text.split(separator: "\n")).intersection(clean)
        let lost = [Dirt.truncated, .badNumber, .missingCustomer, .wrongDate, .future].reduce(0) {
            $0 + (manifest.dirt[$1] ?? 0)
        }
        #expect(kept.count == clean.count - lost)
    }

    @Test func jsonLinesHaveNumbersWhereTheCSVHas() throws {
        let text = Self.written(Self.options(), dirt: 0, format: .ndjson).text
        let order = try #require(text.split(separator: "\n").first { $0.contains("\"purchase\"") })
        #expect(order.contains("\"amount\":") && !order.contains("\"amount\":\""))
    }
}

@Suite struct RandomSourceTests {
    static func mean(_ count: Int = 20_000, _ draw: (inout RandomSource) -> Double) -> Double {
        var random = RandomSource(seed: 42)
        return (0..<count).reduce(0) { sum, _ in sum + draw(&random) } / Double(count)
    }

    @Test func theDistributionsHaveTheirMeans() {
        #expect(abs(Self.mean { $0.uniform() } - 0.5) < 0.01)
        #expect(abs(Self.mean { $0.exponential(rate: 2) } - 0.5) < 0.02)
        #expect(abs(Self.mean { $0.gamma(shape: 0.8, scale: 3) } - 2.4) < 0.1)
        #expect(abs(Self.mean { $0.gamma(shape: 4, scale: 0.5) } - 2) < 0.05)
        #expect(abs(Self.mean { $0.beta(2, 6) } - 0.25) < 0.01)
        #expect(abs(Self.mean { Double($0.poisson(mean: 3)) } - 3) < 0.05)
        #expect(abs(Self.mean { $0.normal() }) < 0.03)
    }

    @Test func streamsDiffer() {
        var first = RandomSource(seed: 1, stream: 0)
        var second = RandomSource(seed: 1, stream: 1)
        #expect(first.next() != second.next())
    }
}

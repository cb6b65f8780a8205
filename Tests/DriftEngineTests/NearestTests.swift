import DriftEngine
import DriftModel
import Foundation
import Testing

/// Segments by nearest centroid on the purchases of a music shop's customers, against the oracle: every move that an
/// event or time alone brings, over eighteen months and the ninety quiet days that follow.
@Suite struct NearestTests {
    /// `CDNOW_sample.txt` below `$SEGDRIFT_SHARED`, or `../shared` beside the package: the records of each customer.
    static let customers: [[TestRecord]]? = {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let shared = ProcessInfo.processInfo.environment["SEGDRIFT_SHARED"].map { URL(filePath: $0) }
        let folder = shared ?? package.deletingLastPathComponent().appending(path: "shared")
        let file = folder.appending(path: "data/cdnow/CDNOW_sample.txt")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
        var byCustomer: [Substring: [TestRecord]] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            guard words.count == 5, let date = Int(words[2]), let dollars = Double(words[4]) else { continue }
            let day = CivilDate(year: date / 10_000, month: date / 100 % 100, day: date % 100).dayNumber
            byCustomer[words[0], default: []].append(
                TestRecord(
                    at: Instant(seconds: Int64(day) * 86_400 + 43_200),
                    events: [TestEvent(type: 0, values: [.number(dollars), .null])]))
        }
        return byCustomer.sorted { $0.key < $1.key }.map { $0.value.sorted { $0.at < $1.at } }
    }()

    /// Recency, frequency and money of half a year; centroids as a clustering may give them. Whoever bought nothing
    /// within the window has no recency: the mean stands for it.
    private static var builder: ModelBuilder {
        var builder = ModelBuilder.shop()
        let recency = builder.add(.sinceEvent(builder.selection([0], over: 180), .last, .days), name: "recency")
        let frequency = builder.add(.count(builder.selection([0], over: 180)), name: "frequency")
        let money = builder.add(.sum(builder.selection([0], over: 180), builder.scalar("amount")), name: "money")
        let inputs = [(recency, 60.0, 45.0), (frequency, 1.5, 1.8), (money, 50, 70)].map {
            Segmentation.Nearest.Input(feature: $0.0, mean: $0.1, scale: $0.2)
        }
        let segments = ["fresh", "frequent", "big", "fading", "gone"].map {
            Segment(id: $0, title: nil, rank: nil, when: nil, stay: nil, playbooks: [])
        }
        let centroids: [[Double]] = [[15, 1, 30], [20, 4, 120], [40, 6, 400], [120, 1, 30], [60, 0, 0]]
        builder.segmentations.append(
            Segmentation(
                name: "cluster", title: nil, segments: segments,
                nearest: Segmentation.Nearest(inputs: inputs, centroids: centroids)))
        return builder
    }

    @Test(.enabled(if: customers != nil, "data/cdnow is not here: set SEGDRIFT_SHARED"))
    func realCustomersMoveAsTheOracleSays() throws {
        let customers = try #require(Self.customers)
        let isLong = ProcessInfo.processInfo.environment["SEGDRIFT_LONG"] != nil
        let builder = Self.builder
        let end = CivilDate(year: 1998, month: 9, day: 28).dayNumber
        var (moves, byTime) = (0, 0)
        var sizes: Set<Int?> = []
        for records in isLong ? customers : Array(customers.prefix(120)) {
            let start = records[0].at
            var oracle = Oracle(builder)
            for record in records { _ = oracle.apply(record, logicalBefore: start) }
            oracle.walk(to: end)
            var driver = Driver(builder)
            driver.apply(records, logicalBefore: start)
            driver.advance(to: end)
            #expect(driver.log == oracle.log)
            moves += driver.log.count
            byTime += driver.log.count { $0.cause == .time }
            sizes.formUnion(driver.log.map(\.to))
        }
        #expect(byTime > 100)
        #expect(sizes.count == 5, "every centroid is the nearest of somebody at some time")
        print("nearest: \(moves) moves of real customers, \(byTime) of them by time alone")
    }

    @Test func aTieGoesToTheFirstListed() {
        var builder = ModelBuilder.shop()
        let count = builder.add(.count(builder.selection([0])), name: "n")
        let inputs = [Segmentation.Nearest.Input(feature: count, mean: 0, scale: 1)]
        let segments = ["two", "zero"].map {
            Segment(id: $0, title: nil, rank: nil, when: nil, stay: nil, playbooks: [])
        }
        builder.segmentations.append(
            Segmentation(
                name: "g", title: nil, segments: segments,
                nearest: Segmentation.Nearest(inputs: inputs, centroids: [[2], [0]])))
        var driver = Driver(builder)
        let start = Instant(seconds: 0)
        driver.apply(
            [TestRecord(at: start, events: [TestEvent(type: 0, values: [.number(1), .null])])], logicalBefore: start)
        #expect(driver.log.map(\.to) == [0])
    }
}

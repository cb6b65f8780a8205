import DriftAnalytics
import DriftEngine
import DriftModel
import DriftStore
import Foundation
import Testing

@testable import segdrift

/// The data sets kept beside the checkout.
private enum RetailData {
    static let root: URL? = {
        let package = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
        let named = ProcessInfo.processInfo.environment["SEGDRIFT_SHARED"].map { URL(filePath: $0) }
        return [named, package.appending(path: "../shared").standardizedFileURL].compactMap { $0 }
            .first { FileManager.default.fileExists(atPath: $0.appending(path: "data/online-retail").path) }
    }()
}

/// What the forecast says of a real shop is what happens when nothing else happens.
@Suite(.enabled(if: RetailData.root != nil, "needs ../shared/data/online-retail"))
struct RetailForecastTests {
    static let source = """
          - name: till
            match: "*.csv"
            format: csv
            skip: "InvoiceNo LIKE 'A%' OR CustomerID IS NULL"
            map:
              customer: CustomerID
              type: "CASE WHEN InvoiceNo LIKE 'C%' THEN 'refund' ELSE 'purchase' END"
              at: "timestamp(InvoiceDate, 'yyyy-MM-dd HH:mm:ss', 'Europe/London')"
              amount: "number(Quantity) * number(UnitPrice)"
              quantity: number(Quantity)
              invoice: InvoiceNo
              item: StockCode
            also:
              - {type: "'profile'", country: Country}
        """

    @Test func thirtyDaysWithoutAFileBringExactlyTheMovesForecast() async throws {
        let data = try #require(RetailData.root)
        let model = try String(contentsOf: data.appending(path: "examples/retail.yaml"), encoding: .utf8)
            .replacing("notify: [ops]", with: "notify: [log]")
        let shop = try CornerShop(model: model, sources: Self.source)
        try Self.unpack(data, throughDay: "2011-06-19", into: shop.root.appending(path: "spool/incoming/till"))
        let begin = Instant(seconds: 1_308_520_800)  // 2011-06-19 23:00 in London
        let end = begin.advanced(bySeconds: 30 * 86_400)
        try await shop.run(asOf: begin)

        let before = Database(reader: try StoreReader.open(path: shop.databasePath))
        #expect(try before.logicalTime() == begin)
        let forecast = try Forecaster(source: before).moves(through: end)
        let known = try before.reader.status().transitions
        try before.reader.close()
        try await shop.run(asOf: end)

        let after = Database(reader: try StoreReader.open(path: shop.databasePath))
        #expect(try after.logicalTime() == end)
        let axis = try after.engine().axis
        let moves = try after.reader.transitions(
            TransitionFilter(since: begin, newestFirst: false, limit: .max)
        ).filter { $0.cause == "time" }
        #expect(try after.reader.status().transitions - known == Int64(forecast.count))
        let happened = try moves.map { move -> Forecaster.Move in
            let at = try #require(ValueLiteral.parseInstant(move.effectiveAt))
            return Forecaster.Move(
                day: TimeText.date(axis.tick(of: at)), customer: move.customer, segmentation: move.segmentation,
                from: move.from, to: move.to)
        }
        #expect(forecast.count > 1_000)
        #expect(forecast.count == happened.count)
        #expect(Set(forecast).subtracting(happened) == [], "forecast, but did not happen")
        #expect(Set(happened).subtracting(forecast) == [], "happened, but not forecast")
        #expect(Set(forecast.map(\.day)).count > 20)
    }

    /// The day files up to a day, as a producer leaves them.
    private static func unpack(_ data: URL, throughDay last: String, into directory: URL) throws {
        let archive = data.appending(path: "data/online-retail/by-day-2010-12-01_2011-07-19.tar.gz")
        let tar = try Process.run(
            URL(filePath: "/usr/bin/tar"),
            arguments: ["xzf", archive.path, "-C", directory.path, "--strip-components=1"])
        tar.waitUntilExit()
        try #require(tar.terminationStatus == 0)
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) where name > "\(last).csv" {
            try FileManager.default.removeItem(at: directory.appending(path: name))
        }
    }
}

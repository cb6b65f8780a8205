import DriftDaemon
import DriftModel
import Foundation

/// A shop of four people and thirty days, taken in by the real daemon: small enough to check by hand.
///
/// Ana buys often and stops; Ben buys once; Cem is foreign and comes back late; Dee has never bought. One record
/// has no customer, one an amount that is no number, one came twice.
final class CornerShop {
    let root: URL
    var config: String { root.appending(path: "segdrift.yaml").path }
    var databasePath: String { root.appending(path: "state/segdrift.sqlite").path }

    /// - Parameters:
    ///   - model: YAML; nil: the corner shop's own.
    ///   - sources: Entries of `sources:`; nil: the corner shop's own.
    init(model: String? = nil, sources: String? = nil) throws {
        root = FileManager.default.temporaryDirectory.appending(path: "segdrift-corner-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: root.appending(path: "spool/incoming/till"), withIntermediateDirectories: true)
        try write("model.yaml", model ?? Self.model)
        try write(
            "segdrift.yaml",
            """
            model: model.yaml
            state_directory: state
            spool_directory: spool
            wall_lag: 0s
            sources:
            \(sources ?? Self.source)
            destinations:
              log: {type: file, path: alerts.ndjson}
            """)
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    /// The shop after its thirty days.
    static func filled() async throws -> CornerShop {
        let shop = try CornerShop()
        for (name, text) in files.sorted(by: { $0.key < $1.key }) {
            try shop.write("spool/incoming/till/\(name)", text)
        }
        try await shop.run(asOf: end)
        return shop
    }

    /// 2024-02-01 20:00 in Madrid.
    static let firstEvening = Instant(seconds: 1_706_814_000)
    /// 2024-03-01 12:00 in Madrid.
    static let end = Instant(seconds: 1_709_290_800)

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: root.appending(path: name))
    }

    func run(asOf: Instant) async throws {
        _ = try await DaemonRunner.run(RunOptions(configPath: config, once: true, asOf: asOf))
    }

    static let source = """
          - name: till
            match: "*.csv"
            format: csv
            max_quarantined: 0.5
            map:
              customer: customer
              type: type
              at: "timestamp(at, 'yyyy-MM-dd HH:mm', 'Europe/Madrid')"
              id: id
              amount: number(amount)
              country: country
        """

    static let model = """
        model: corner
        timezone: Europe/Madrid
        alert_age: 36500d
        events:
          purchase: {fields: {amount: number}}
          profile: {sets: [country]}
        attributes: {country: text}
        population: {customer: "orders >= 1"}
        features:
          orders: {count: purchase}
          recency: {days_since: last, of: purchase}
          spend_90d: {sum: amount, of: purchase, over: 90d}
          country: {attribute: country}
        scores:
          r: {bands: recency, cuts: [7, 20], descending: true}
        segmentations:
          value:
            segments:
              - {id: regulars, rank: 1, when: "r = 3 AND spend_90d >= 100", stay: "r >= 2", playbooks: [greet]}
              - {id: passers_by, rank: 2, when: "r >= 2", playbooks: [invite]}
              - {id: gone, rank: 3, otherwise: true, playbooks: [write]}
          region:
            segments:
              - {id: home, when: "country = 'Spain'"}
              - {id: abroad, otherwise: true, playbooks: [export]}
        playbooks:
          greet: {service.support: Greet by name, product.packaging: Wrap with care}
          invite: {marketing.advertising: Leaflet in the bag}
          write: {marketing.advertising: Letter with a voucher}
          export: {product.packaging: Sturdy box, fulfilment.delivery: By parcel}
        on_transition:
          - {segmentation: value, from: [regulars], to: [gone], do: {sales.scripts: Call this week}}
        alerts:
          - {name: slipping, on: transition, segmentation: value, direction: down, severity: warning, notify: [log]}
        """

    static let files = [
        "2024-02-01.csv": """
        id,customer,type,at,amount,country
        a1,ana,profile,2024-02-01 08:00,,Spain
        a2,ana,purchase,2024-02-01 09:00,60.50,
        b1,ben,purchase,2024-02-01 10:30,12,
        d1,dee,profile,2024-02-01 11:00,,Spain
        c1,cem,profile,2024-02-01 12:00,,Türkiye
        c2,cem,purchase,2024-02-01 12:01,150,

        """,
        "2024-02-05.csv": """
        id,customer,type,at,amount,country
        a3,ana,purchase,2024-02-05 09:15,80,
        a3,ana,purchase,2024-02-05 09:15,80,
        x1,,purchase,2024-02-05 10:00,5,
        b2,ben,purchase,2024-02-05 23:30,12 EUR,

        """,
        "2024-02-27.csv": """
        id,customer,type,at,amount,country
        c3,cem,purchase,2024-02-27 18:00,20,

        """,
    ]
}

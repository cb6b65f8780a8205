import DriftAnalytics
import DriftModel

/// Fills the spool of a demo: the shop's files, and two that people drop by mistake.
enum DemoSpool {
    /// Share of records spoilt or repeated.
    static let dirt = 0.01

    static func fill(_ directory: String, _ options: ShopSimulation.Options) throws(Failure) -> SimulationManifest {
        let incoming = "\(directory)/spool/incoming"
        let manifest = try SimulationOutput.write(
            options, dirt: dirt, to: incoming, modified: evening,
            format: { $0 == .web ? .ndjson : .csv })
        try dropTwice(incoming, options)
        try dropWithoutACustomer(incoming, options)
        return manifest
    }

    /// Files of a day are closed late in the evening, or a moment ago when that has not come yet.
    private static func evening(_ day: DayNumber) -> Int64 {
        min(Int64(day) * 86_400 + 85_000, Today.seconds - 60)
    }

    /// The same bytes again under another name.
    private static func dropTwice(_ incoming: String, _ options: ShopSimulation.Options) throws(Failure) {
        let day = options.start + DayNumber(options.days - 5)
        let original = "\(incoming)/shop/\(TimeText.date(day)).csv"
        guard FileOutput.exists(original) else { return }
        let text = try FileInput.text(original, noun: "file")
        try FileOutput.write(
            Array(text.utf8), to: "\(incoming)/shop/\(TimeText.date(day)) (copy).csv", modified: evening(day))
    }

    /// An export with a column missing.
    private static func dropWithoutACustomer(_ incoming: String, _ options: ShopSimulation.Options) throws(Failure) {
        let day = options.start + DayNumber(options.days - 3)
        let date = TimeText.date(day)
        let text = "id,type,at,amount,quantity,invoice,item\nx-1,purchase,\(date) 10:00:00,12.50,1,B1,SKU-1001\n"
        try FileOutput.write(Array(text.utf8), to: "\(incoming)/shop/\(date) export.csv", modified: evening(day))
    }
}

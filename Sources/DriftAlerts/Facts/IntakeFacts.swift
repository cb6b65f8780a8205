/// A file of which too much could not be used.
public struct IntakeFacts: Hashable, Sendable {
    public var source: String
    /// The file's name, as it came.
    public var file: String
    /// The ledger's number of the file: names the alert.
    public var fileID: Int64
    public var records: Int64
    public var quarantined: Int64
    /// The share above which the rule speaks.
    public var limit: Double

    public init(
        source: String, file: String, fileID: Int64, records: Int64, quarantined: Int64, limit: Double = 0
    ) {
        self.source = source
        self.file = file
        self.fileID = fileID
        self.records = records
        self.quarantined = quarantined
        self.limit = limit
    }

    /// Quarantined records of all; 0 for a file without records.
    public var share: Double { records == 0 ? 0 : Double(quarantined) / Double(records) }

    /// The sentence for people.
    public var sentence: String {
        "Source \(source): \(quarantined) of \(records) records of \(file) \(quarantined == 1 ? "was" : "were") quarantined "
            + "(\(Self.percent(share)), limit \(Self.percent(limit))). Look: segdrift quarantine show \(fileID)"
    }

    private static func percent(_ share: Double) -> String {
        "\(Sentence.number((share * 1_000).rounded() / 10)) %"
    }
}

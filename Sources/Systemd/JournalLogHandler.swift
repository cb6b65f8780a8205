public import Logging

/// swift-log over ``JournalWriter``: the message for people, the metadata as fields (`file` → `SEGDRIFT_FILE`).
public struct JournalLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let writer: JournalWriter

    /// - Parameter label: What part of the daemon speaks; the field `SEGDRIFT_PART`.
    public init(label: String, writer: JournalWriter, logLevel: Logger.Level = .info) {
        self.label = label
        self.writer = writer
        self.logLevel = logLevel
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        let sorted = all.sorted { $0.key < $1.key }
        var fields = [
            JournalEntry.Field(JournalFieldName("SEGDRIFT_PART"), label),
            JournalEntry.Field(JournalFieldName("CODE_FILE"), event.file),
            JournalEntry.Field(JournalFieldName("CODE_LINE"), String(event.line)),
            JournalEntry.Field(JournalFieldName("CODE_FUNC"), event.function),
        ]
        fields += sorted.map { JournalEntry.Field(JournalFieldName(metadataKey: $0.key), "\($0.value)") }
        writer.write(
            JournalEntry(
                priority: Self.priority(event.level), message: "\(event.message)", fields: fields,
                textSuffix: sorted.map { " \($0.key)=\($0.value)" }.joined()))
    }

    static func priority(_ level: Logger.Level) -> JournalPriority {
        switch level {
        case .trace, .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}

internal import DriftModel
public import DriftStore
public import Systemd

/// Alerts as journal entries: the sentence as the message, the facts as fields.
///
/// Delivered means that journald took the datagram: a hand-over, no promise that it is on disk. While journald is
/// stalled, alerts wait in the outbox.
public struct JournalSink: AlertSink {
    private let writer: JournalWriter
    private let waitMilliseconds: Int

    /// - Parameter waitMilliseconds: How long one entry may take before journald counts as stalled.
    public init(writer: JournalWriter, waitMilliseconds: Int = 250) {
        self.writer = writer
        self.waitMilliseconds = waitMilliseconds
    }

    /// Writes the alert to the journal with its fields.
    public func send(_ deliveries: [DeliveryRow]) -> [DeliveryResult] {
        var results: [DeliveryResult] = []
        for delivery in deliveries {
            guard let entry = Self.entry(delivery) else {
                results.append(.refused(reason: "the stored alert is no CloudEvent"))
                continue
            }
            switch writer.deliver(entry, waitMilliseconds: waitMilliseconds) {
            case .taken: results.append(.delivered)
            case .refused:
                // Stopped, or restarting: others would fare no better.
                results.append(.failed(reason: "journald is not there to take messages", destinationIsDown: true))
                return results
            case .stalled:
                results.append(.failed(reason: "journald does not take messages", destinationIsDown: true))
                return results
            }
        }
        return results
    }

    /// Writes a message to the journal past the outbox; never waits.
    public static func write(_ message: DeliveryRow, to writer: JournalWriter) {
        if let entry = entry(message) { writer.write(entry) }
    }

    /// The entry for a stored alert; nil when its bytes are no CloudEvent.
    static func entry(_ delivery: DeliveryRow) -> JournalEntry? {
        guard let event = try? EventSummary(delivery.body) else { return nil }
        let optional: [(JournalFieldName, String?)] = [
            (JournalFieldName("SEGDRIFT_ALERT_ID"), event.id), (JournalFieldName("SEGDRIFT_RULE"), delivery.rule),
            (JournalFieldName("SEGDRIFT_CUSTOMER"), event.data.customer),
            (JournalFieldName("SEGDRIFT_SEGMENTATION"), event.data.segmentation),
            (JournalFieldName("SEGDRIFT_FROM"), event.data.from), (JournalFieldName("SEGDRIFT_TO"), event.data.to),
            (JournalFieldName("SEGDRIFT_DIRECTION"), event.data.direction),
            (JournalFieldName("SEGDRIFT_CAUSE"), event.data.cause),
            (JournalFieldName("SEGDRIFT_SEGMENT"), event.data.segment),
            (JournalFieldName("SEGDRIFT_SOURCE"), event.data.source),
            (JournalFieldName("SEGDRIFT_DESTINATION"), event.data.destination),
            (JournalFieldName("SEGDRIFT_KIND"), event.data.kind),
        ]
        return JournalEntry(
            priority: priority(delivery.severity), message: event.data.summary,
            messageID: MessageIDs.of(eventType: event.type),
            fields: optional.compactMap { name, value in value.map { JournalEntry.Field(name, $0) } })
    }

    private static func priority(_ severity: Severity) -> JournalPriority {
        switch severity {
        case .critical: .critical
        case .error: .error
        case .warning: .warning
        case .notice: .notice
        case .info: .info
        }
    }
}

public import DriftModel
public import DriftStore

extension StoreTransaction: AlertLedger {
    public func enqueue(alertID: String, destination: String, body: [UInt8], dueAt: Instant) throws {
        try insertDelivery(alertID: alertID, destination: destination, body: body, dueAt: dueAt)
    }
}

import DriftStore

/// What a transaction changes about customers: states for the log, and rows of customers who are new.
struct StateChanges {
    var log = StateLog()
    /// Ascending by number, as numbers are given out.
    var newRows: [NewCustomerRow] = []

    var isEmpty: Bool { log.bytes.isEmpty && newRows.isEmpty }

    mutating func removeAll() {
        log.removeAll()
        newRows.removeAll(keepingCapacity: true)
    }

    /// Adds what another thread has changed; no customer is in both.
    mutating func append(takingFrom other: inout StateChanges) {
        log.append(takingFrom: &other.log)
        newRows += other.newRows
    }

    /// Writes all of it.
    func write(_ transaction: borrowing StoreTransaction, model: StoredModel) throws {
        if !log.bytes.isEmpty { try transaction.appendStateLog(log.bytes) }
        try transaction.insert(newRows, model: model)
    }
}

import DriftStore

/// What a transaction changes about customers: states for the log, and rows of customers who are new.
struct StateChanges {
    /// The row of a customer who had none.
    struct NewRow {
        var customer: Int64
        var name: [UInt8]
        var row: CustomerRow
    }

    var log = StateLog()
    /// Ascending by number, as numbers are given out.
    var newRows: [NewRow] = []

    mutating func removeAll() {
        log.removeAll()
        newRows.removeAll(keepingCapacity: true)
    }

    /// Writes all of it.
    func write(_ transaction: borrowing StoreTransaction, model: StoredModel) throws {
        if !log.bytes.isEmpty { try transaction.appendStateLog(log.bytes) }
        for new in newRows {
            try transaction.insert(customer: new.customer, named: new.name[...], new.row, model: model)
        }
    }
}

import DriftEngine
import DriftModel
import DriftStore

extension CustomerDesk {
    /// Rows in one transaction of a fold.
    private static var foldRowsMax: Int { 20_000 }

    /// Some rows are worked out while those before are written.
    func writeRows(of customers: [Int64], _ store: Store, _ progress: () -> Void) throws {
        let writing = BackgroundStep()
        let rowsMax = store.isShortOfRoom ? WorkLoop.recordsMaxInNeed : Self.foldRowsMax
        var start = 0
        while start < customers.count {
            let end = min(start + rowsMax, customers.count)
            let rows = try rows(of: customers[start..<end])
            try writing.finish()
            progress()
            let isLast = end == customers.count
            writing.begin { [stored] in
                try store.write(.redoable) { transaction in
                    try transaction.insert(rows.new, model: stored)
                    for saved in rows.saved {
                        try transaction.save(customer: saved.customer, saved.row, model: stored)
                    }
                    if isLast { try transaction.clearStateLog() }
                }
                try store.checkpoint()
            }
            start = end
        }
        try writing.finish()
    }

    private func rows(
        of customers: ArraySlice<Int64>
    ) throws -> (new: [NewCustomerRow], saved: [(customer: Int64, row: CustomerRow)]) {
        // What an attempt that failed has left is not of these customers.
        for keeper in keepers { keeper.workplace.clearRows() }
        try runTogether(customers.count) { _, positions, workplace in
            for position in positions { try makeRow(of: customers[customers.startIndex + position], at: &workplace) }
        }
        defer { for keeper in keepers { keeper.workplace.clearRows() } }
        return (keepers.flatMap(\.workplace.newRows), keepers.flatMap(\.workplace.savedRows))
    }

    private func makeRow(of customer: Int64, at workplace: inout Workplace) throws {
        var bytes: [UInt8] = []
        try states.withState(of: customer) { logged in
            try workplace.decode(logged)
            unsafe logged.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
        }
        let row = workplace.row(encoded: bytes)
        if let name = newCustomers.name(of: customer) {
            workplace.newRows.append(NewCustomerRow(customer: customer, name: Array(name), row: row))
        } else {
            workplace.savedRows.append((customer, row))
        }
    }
}

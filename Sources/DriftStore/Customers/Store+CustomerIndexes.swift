import GRDB

extension Store {
    /// Makes the customers' indexes if they are missing, in a transaction of its own.
    ///
    /// Sorted through files, in runs that fit a processor's cache: in memory SQLite sorts all rows as one list, and takes
    /// more than twice as long. Where no temporary file can be made, it does.
    /// - Complexity: O(n log n) in the number of customers; nothing when the indexes are there.
    public func ensureCustomerIndexes() throws {
        guard try !queue.inDatabase(Schema.hasCustomerIndexes) else { return }
        do {
            try sorting(in: .files) { try write(.redoable) { try $0.ensureCustomerIndexes() } }
        } catch let error as StoreError where error.isLackOfTemporaryFiles {
            try write(.redoable) { try $0.ensureCustomerIndexes() }
        }
    }

    private enum SortingPlace {
        case memory
        case files
    }

    private func sorting(in place: SortingPlace, _ body: () throws -> Void) throws {
        try setSortingPlace(place)
        let result = Result(catching: body)
        try setSortingPlace(.memory)
        try result.get()
    }

    /// A run is as long as the cache of pages is large.
    private func setSortingPlace(_ place: SortingPlace) throws {
        do {
            try queue.inDatabase { db in
                switch place {
                case .memory: try db.execute(sql: "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384")
                case .files: try db.execute(sql: "PRAGMA temp_store = FILE; PRAGMA cache_size = -2000")
                }
                // With its place the temporary schema is emptied.
                try Views.makeTemporary(db)
            }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }
}

extension StoreError {
    /// A directory for temporary files is missing or full: or the database's own is, which the next try says again.
    fileprivate var isLackOfTemporaryFiles: Bool {
        guard case .sqlite(let code, _, _) = self else { return false }
        return [Self.full, Self.cannotOpen, Self.noTemporaryPath].contains(code)
    }

    /// `SQLITE_FULL`
    private static let full: Int32 = 13
    /// `SQLITE_CANTOPEN`
    private static let cannotOpen: Int32 = 14
    /// `SQLITE_IOERR_GETTEMPPATH`
    private static let noTemporaryPath: Int32 = 10 | 25 << 8
}

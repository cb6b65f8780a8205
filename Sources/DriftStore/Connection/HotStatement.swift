import CSQLite
import GRDB

/// A prepared statement for the hot path: binds and steps through SQLite's C interface, without building
/// argument arrays. GRDB prepares and owns the handle.
///
/// Belongs to one connection and is used only inside its transactions. All unsafe code for rows is here.
@safe final class HotStatement {
    private let statement: Statement
    /// Of ``statement``, which keeps it alive.
    private let handle: OpaquePointer

    init(_ db: Database, _ sql: String) throws {
        statement = try db.makeStatement(sql: sql)
        unsafe handle = statement.sqliteStatement
    }

    /// - Parameter index: 1-based, as in SQL.
    func bind(_ index: Int32, _ value: Int64) {
        _ = unsafe sqlite3_bind_int64(handle, index, value)
    }

    func bind(_ index: Int32, _ value: Int64?) {
        if let value { bind(index, value) } else { bindNull(index) }
    }

    func bindNull(_ index: Int32) {
        _ = unsafe sqlite3_bind_null(handle, index)
    }

    /// Binds UTF-8 as text; SQLite copies the bytes.
    func bind(_ index: Int32, text bytes: some Collection<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { buffer in
            unsafe bindBytes(index, buffer, asText: true)
        }
        if done == nil { bind(index, text: Array(bytes)) }
    }

    /// Binds UTF-8 as text; SQLite copies the bytes.
    func bind(_ index: Int32, text bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe bindBytes(index, $0, asText: true) }
    }

    /// Binds a part of a buffer as text, or NULL when it is empty, without a copy.
    ///
    /// - Precondition: The buffer stays where it is until the statement has run and another value is bound.
    @unsafe
    func bind(_ index: Int32, lastingText buffer: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        guard !range.isEmpty, let base = buffer.baseAddress else { return bindNull(index) }
        precondition(range.lowerBound >= 0 && range.upperBound <= buffer.count)
        let characters = unsafe UnsafeRawPointer(base + range.lowerBound).assumingMemoryBound(to: CChar.self)
        _ = unsafe sqlite3_bind_text(handle, index, characters, Int32(range.count), nil)
    }

    func bind(_ index: Int32, blob bytes: some Collection<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { buffer in
            unsafe bindBytes(index, buffer, asText: false)
        }
        if done == nil { bind(index, blob: Array(bytes)) }
    }

    private func bindBytes(_ index: Int32, _ buffer: UnsafeBufferPointer<UInt8>, asText: Bool) {
        let copy = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        guard let base = buffer.baseAddress, !buffer.isEmpty else {
            if asText {
                _ = unsafe sqlite3_bind_text(handle, index, "", 0, copy)
            } else {
                _ = unsafe sqlite3_bind_zeroblob(handle, index, 0)
            }
            return
        }
        if asText {
            let characters = unsafe UnsafeRawPointer(base).assumingMemoryBound(to: CChar.self)
            _ = unsafe sqlite3_bind_text(handle, index, characters, Int32(buffer.count), copy)
        } else {
            _ = unsafe sqlite3_bind_blob(handle, index, base, Int32(buffer.count), copy)
        }
    }

    /// Steps once. The caller resets after the last row it wants.
    /// - Returns: True when there is a row to read.
    func step() throws -> Bool {
        let code = unsafe sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE { return false }
        let connection = unsafe sqlite3_db_handle(handle)
        let message = unsafe String(cString: sqlite3_errmsg(connection))
        let extended = unsafe sqlite3_extended_errcode(connection)
        reset()
        throw StoreError.sqlite(code: extended, message: message, sql: statement.sql)
    }

    func reset() {
        _ = unsafe sqlite3_reset(handle)
    }

    /// Runs a statement that gives no rows.
    func run() throws {
        _ = try step()
        reset()
    }

    /// - Parameter column: 0-based, as in SQLite's C interface.
    func int64(_ column: Int32) -> Int64 {
        unsafe sqlite3_column_int64(handle, column)
    }

    func optionalInt64(_ column: Int32) -> Int64? {
        isNull(column) ? nil : int64(column)
    }

    func isNull(_ column: Int32) -> Bool {
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
    }

    /// Appends the bytes of a blob or text.
    func appendBytes(_ column: Int32, to bytes: inout [UInt8]) {
        guard let base = unsafe sqlite3_column_blob(handle, column) else { return }
        let count = unsafe Int(sqlite3_column_bytes(handle, column))
        unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: base, count: count))
    }
}

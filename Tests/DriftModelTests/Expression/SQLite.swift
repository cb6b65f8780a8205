import CSQLite
import DriftModel

/// An SQLite database in memory, for comparing results.
@safe
final class SQLite {
    private var handle: OpaquePointer?

    init() {
        unsafe sqlite3_open(":memory:", &handle)
    }

    deinit {
        unsafe sqlite3_close(handle)
    }

    /// The value of one expression over named inputs, or what SQLite says against it.
    func value(_ expression: String, _ inputs: [TestInput]) -> Result<Value, SQLiteFailure> {
        let columns = inputs.enumerated().map { "?\($0 + 1) AS \($1.name)" }.joined(separator: ", ")
        let query = "SELECT (\(expression))" + (inputs.isEmpty ? "" : " FROM (SELECT \(columns))")
        var statement: OpaquePointer?
        guard unsafe sqlite3_prepare_v2(handle, query, -1, &statement, nil) == SQLITE_OK else {
            return .failure(failure)
        }
        defer { unsafe sqlite3_finalize(statement) }
        for (index, input) in inputs.enumerated() { unsafe bind(input.value, Int32(index + 1), statement) }
        guard unsafe sqlite3_step(statement) == SQLITE_ROW else { return .failure(failure) }
        return unsafe .success(column(statement))
    }

    private var failure: SQLiteFailure { unsafe SQLiteFailure(message: String(cString: sqlite3_errmsg(handle))) }

    private func bind(_ value: Value, _ index: Int32, _ statement: OpaquePointer?) {
        switch value {
        case .number(let number): unsafe sqlite3_bind_double(statement, index, number)
        case .boolean(let truth): unsafe sqlite3_bind_int64(statement, index, truth ? 1 : 0)
        case .text(let text):
            let copy = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            unsafe sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), copy)
        default: unsafe sqlite3_bind_null(statement, index)
        }
    }

    private func column(_ statement: OpaquePointer?) -> Value {
        switch unsafe sqlite3_column_type(statement, 0) {
        case SQLITE_INTEGER, SQLITE_FLOAT: return unsafe .number(sqlite3_column_double(statement, 0))
        case SQLITE_TEXT:
            guard let text = unsafe sqlite3_column_text(statement, 0) else { return .null }
            return unsafe .text(String(cString: text))
        default: return .null
        }
    }

    /// Debian's builds have the mathematical functions, others may not.
    var hasMath: Bool {
        if case .success = value("sqrt(2)", []) { return true }
        return false
    }
}

struct SQLiteFailure: Error {
    var message: String
}

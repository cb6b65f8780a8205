import GRDB

/// The statement that appends moves to the history, several at a time: one run of it costs about as much as two moves.
///
/// `OR FAIL`: what a failed run has appended goes with the transaction. The usual answer, undoing the one statement,
/// would cost a copy of each page it touches.
struct MoveInsertion {
    /// Moves in one run.
    static let movesAtOnce = 16

    let one: HotStatement
    let several: HotStatement

    private static let columns = 10

    init(_ db: Database) throws {
        one = try HotStatement(db, Self.sql(moves: 1))
        several = try HotStatement(db, Self.sql(moves: Self.movesAtOnce))
    }

    /// Parameters 1 and 2 are the same for all moves: the recording and the block. A move's number is the next one:
    /// told, SQLite would look for it among those that are there.
    private static func sql(moves: Int) -> String {
        let values = (0..<moves).map { move in
            let first = 3 + move * columns
            return "(?1, ?2, " + (first..<(first + columns)).map { "?\($0)" }.joined(separator: ", ") + ")"
        }
        return """
            INSERT OR FAIL INTO transition (recording_id, block_id, customer_id, segmentation_id, seq, kind_id,
                effective_at, file_id, record, inputs, flips, event_id)
            VALUES \(values.joined(separator: ", "))
            """
    }

    /// Binds a move's values.
    /// - Parameters:
    ///   - place: Among the moves of one run.
    ///   - texts: Stays where it is until the statement has run.
    @unsafe
    func bind(
        _ row: MoveRows.Row, at place: Int, of statement: HotStatement, segmentation: Int64, kind: Int64, file: Int64?,
        texts: UnsafeBufferPointer<UInt8>, from start: Int
    ) {
        let first = Int32(3 + place * Self.columns)
        statement.bind(first, row.customer)
        statement.bind(first + 1, segmentation)
        statement.bind(first + 2, Int64(row.seq))
        statement.bind(first + 3, kind)
        statement.bind(first + 4, row.effectiveAt)
        statement.bind(first + 5, file)
        statement.bind(first + 6, file == nil ? nil : row.record)
        unsafe statement.bind(first + 7, lastingText: texts, start..<row.inputsEnd)
        unsafe statement.bind(first + 8, lastingText: texts, row.inputsEnd..<row.flipsEnd)
        unsafe statement.bind(first + 9, lastingText: texts, row.flipsEnd..<row.idEnd)
    }

    /// Forgets texts, whose memory is the caller's.
    func forgetTexts() {
        for (statement, moves) in [(one, 1), (several, Self.movesAtOnce)] {
            for move in 0..<moves {
                let first = Int32(3 + move * Self.columns)
                for text in 7..<Int32(Self.columns) { statement.bindNull(first + text) }
            }
        }
    }
}

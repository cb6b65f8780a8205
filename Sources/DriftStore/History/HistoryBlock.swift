import DriftModel

/// The history's moves are numbered in blocks, the first column of their index: a customer's moves are found with
/// one search per block, and writing never touches more of the index than the newest block, which fits in memory.
/// One index over everything would be a random place per move.
enum HistoryBlock {
    /// Moves in a block, unless one transaction has more.
    static let movesMax: Int64 = 32_768
    private static let blockKey = "history_block"
    private static let movesKey = "history_block_moves"

    /// The block that so many moves of one transaction go to: the newest, or a new one when they would overfill it.
    static func take(moves: Int64, _ transaction: borrowing StoreTransaction) throws -> Int64 {
        let block = try transaction.meta(blockKey).flatMap(Int64.init) ?? 1
        let there = try transaction.meta(movesKey).flatMap(Int64.init) ?? 0
        let isFull = there > 0 && there + moves > movesMax
        try transaction.setMeta(blockKey, String(isFull ? block + 1 : block))
        try transaction.setMeta(movesKey, String(isFull ? moves : there + moves))
        return isFull ? block + 1 : block
    }
}

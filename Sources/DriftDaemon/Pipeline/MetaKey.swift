/// Keys of the database's `meta` table that the daemon owns.
enum MetaKey {
    /// Where a walk was going when it was cut short; absent otherwise.
    static let timeTarget = "time_target"
    /// In which order that walk takes the customers; absent with it.
    static let timeOrder = "time_order"
    /// The latest `at` of any accepted event.
    static let latestAccepted = "latest_accepted_at"
    /// The wall clock at the last commit, for ``ClockGuard``.
    static let lastCommit = "last_commit_at"
    /// The wall clock when everything was last held to `retention:`.
    static let lastRetention = "last_retention_at"
    /// The wall clock when the last check of all pages ended, or the database was new.
    static let lastPageCheck = "last_page_check_at"
    /// Key of the hashes that stand for customers where their names must not.
    static let namingKey = "naming_key"
}

/// The files of a source have another form than before.
public struct FeedFacts: Hashable, Sendable {
    public var source: String
    /// The first file of the new form, as it came.
    public var file: String
    /// The ledger's number of the file.
    public var fileID: Int64
    /// Number of the form, per source; names the alert.
    public var version: Int64
    public var added: [String]
    public var missing: [String]
    /// What probably has another name now.
    public var renamed: [Renaming]
    /// The names in the change that the mapping reads.
    public var used: [String]
    /// What changed, in words.
    public var words: String

    /// An old name and the new one.
    public struct Renaming: Hashable, Sendable {
        public var from: String
        public var to: String

        public init(from: String, to: String) {
            self.from = from
            self.to = to
        }
    }

    public init(
        source: String, file: String, fileID: Int64, version: Int64, added: [String], missing: [String],
        renamed: [Renaming], used: [String], words: String
    ) {
        self.source = source
        self.file = file
        self.fileID = fileID
        self.version = version
        self.added = added
        self.missing = missing
        self.renamed = renamed
        self.used = used
        self.words = words
    }

    /// The sentence for people.
    public var sentence: String {
        "Source \(source) has another form from \(file) on: \(words). Look: segdrift files --forms --source \(source)"
    }
}

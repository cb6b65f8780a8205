public import DriftModel

/// Where a file came from: dropped into the spool, or given to `segdrift load`.
public enum FileOrigin: String, CaseIterable, Hashable, Sendable { case spool, load }

/// A file at its claim.
public struct NewFile: Hashable, Sendable {
    public var source: String
    /// The name as the file system has it; shown as ``DisplayName`` says.
    public var name: [UInt8]
    public var origin: FileOrigin
    public var device: UInt64
    public var inode: UInt64
    /// Bytes.
    public var size: Int64
    public var modifiedAt: Instant
    /// When it was first seen in incoming/.
    public var seenAt: Instant
    public var claimedAt: Instant
    /// Where it lies, relative to the spool.
    public var storedPath: String

    public init(
        source: String, name: [UInt8], origin: FileOrigin = .spool, device: UInt64, inode: UInt64, size: Int64,
        modifiedAt: Instant, seenAt: Instant, claimedAt: Instant, storedPath: String
    ) {
        self.source = source
        self.name = name
        self.origin = origin
        self.device = device
        self.inode = inode
        self.size = size
        self.modifiedAt = modifiedAt
        self.seenAt = seenAt
        self.claimedAt = claimedAt
        self.storedPath = storedPath
    }
}

/// What the first pass found.
public struct FileVerdict: Hashable, Sendable {
    /// Hex SHA-256 of the raw bytes.
    public var sha256: String
    /// Raw bytes read.
    public var size: Int64
    /// Bytes after decompression.
    public var contentBytes: Int64
    public var format: String
    public var encoding: String
    /// `none`, `gzip`, `zstd`.
    public var compression: String
    /// For people: "not UTF-8, read as windows-1252".
    public var warnings: [String]
    /// Records read, and those of them that will be quarantined.
    public var scanned: Int64
    public var rejects: Int64
    /// The first and last `at`.
    public var firstAt: Instant?
    public var lastAt: Instant?

    public init(
        sha256: String, size: Int64, contentBytes: Int64, format: String, encoding: String, compression: String,
        warnings: [String], scanned: Int64, rejects: Int64, firstAt: Instant?, lastAt: Instant?
    ) {
        self.sha256 = sha256
        self.size = size
        self.contentBytes = contentBytes
        self.format = format
        self.encoding = encoding
        self.compression = compression
        self.warnings = warnings
        self.scanned = scanned
        self.rejects = rejects
        self.firstAt = firstAt
        self.lastAt = lastAt
    }
}

/// Records by what became of them. `late` is part of `accepted`.
public struct FileCounts: Hashable, Sendable {
    public var accepted: Int64
    public var duplicates: Int64
    public var conflicts: Int64
    public var late: Int64
    public var beyondHorizon: Int64
    public var ignored: Int64
    public var quarantined: Int64

    /// All records: every one is counted exactly once.
    public var records: Int64 { accepted + duplicates + conflicts + beyondHorizon + ignored + quarantined }

    public init(
        accepted: Int64 = 0, duplicates: Int64 = 0, conflicts: Int64 = 0, late: Int64 = 0, beyondHorizon: Int64 = 0,
        ignored: Int64 = 0, quarantined: Int64 = 0
    ) {
        self.accepted = accepted
        self.duplicates = duplicates
        self.conflicts = conflicts
        self.late = late
        self.beyondHorizon = beyondHorizon
        self.ignored = ignored
        self.quarantined = quarantined
    }
}

/// A row of the ledger.
public struct FileRow: Hashable, Sendable {
    public var fileID: Int64
    public var source: String
    /// For people: what cannot be shown is escaped; see ``nameBytes``.
    public var name: String
    public var nameBytes: [UInt8]
    public var state: FileState
    public var origin: FileOrigin
    public var device: UInt64
    public var inode: UInt64
    public var size: Int64
    public var modifiedAt: Instant
    public var seenAt: Instant
    public var claimedAt: Instant
    public var doneAt: Instant?
    public var storedPath: String
    public var attempts: Int
    public var code: String?
    public var reason: String?
    public var duplicateOf: Int64?
    /// nil before the first pass.
    public var verdict: FileVerdict?
    /// Identifies the source's mapping that applied it.
    public var mapping: String?
    public var modelID: Int64?
    public var setID: Int64?
    public var setPosition: Int?
    /// T before and after, fixed before the first effect.
    public var logicalBefore: Instant?
    public var logicalAfter: Instant?
    /// Records below this number are in, when records are applied in the order of the file.
    public var nextRecord: Int64
    /// Records of this file applied so far, in order of application: where to resume.
    public var position: Int64
    public var counts: FileCounts
    /// How its source was read when it was applied, by number; nil before that.
    public var definitionID: Int64?
    /// The file of which this row has some records for another try; nil: a file of its own.
    public var requeueOf: Int64?
    /// How often in a row a process ended at one place of this file.
    public var crashes: Int

    public init(
        fileID: Int64, source: String, name: String, nameBytes: [UInt8], state: FileState, origin: FileOrigin,
        device: UInt64, inode: UInt64, size: Int64, modifiedAt: Instant, seenAt: Instant, claimedAt: Instant,
        doneAt: Instant?, storedPath: String, attempts: Int, code: String?, reason: String?, duplicateOf: Int64?,
        verdict: FileVerdict?, mapping: String?, modelID: Int64?, setID: Int64?, setPosition: Int?,
        logicalBefore: Instant?, logicalAfter: Instant?, nextRecord: Int64, position: Int64, counts: FileCounts,
        definitionID: Int64? = nil,
        requeueOf: Int64? = nil, crashes: Int = 0
    ) {
        self.fileID = fileID
        self.source = source
        self.name = name
        self.nameBytes = nameBytes
        self.state = state
        self.origin = origin
        self.device = device
        self.inode = inode
        self.size = size
        self.modifiedAt = modifiedAt
        self.seenAt = seenAt
        self.claimedAt = claimedAt
        self.doneAt = doneAt
        self.storedPath = storedPath
        self.attempts = attempts
        self.code = code
        self.reason = reason
        self.duplicateOf = duplicateOf
        self.verdict = verdict
        self.mapping = mapping
        self.modelID = modelID
        self.setID = setID
        self.setPosition = setPosition
        self.logicalBefore = logicalBefore
        self.logicalAfter = logicalAfter
        self.nextRecord = nextRecord
        self.position = position
        self.counts = counts
        self.definitionID = definitionID
        self.requeueOf = requeueOf
        self.crashes = crashes
    }
}

/// A record that was refused, with the reason.
public struct QuarantinedRecord: Hashable, Sendable {
    /// 1-based, header not counted; nil: the whole file.
    public var record: Int64?
    /// Where it begins in the decompressed bytes.
    public var byteOffset: Int64?
    public var code: String
    public var reason: String
    /// Its first bytes as text; capped at ``sampleBytesMax``.
    public var sample: String?

    public static let sampleBytesMax = 1024

    public init(record: Int64?, byteOffset: Int64?, code: String, reason: String, sample: String?) {
        self.record = record
        self.byteOffset = byteOffset
        self.code = code
        self.reason = reason
        self.sample = sample
    }
}

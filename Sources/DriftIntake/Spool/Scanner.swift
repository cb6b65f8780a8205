public import DriftModel

/// How patient a scan is.
public enum ScanPolicy: Hashable, Sendable {
    /// A running daemon: files found by scan alone wait until they are still.
    case patient
    /// `run --once`: what is there is taken.
    case atOnce
}

/// A file that is complete and can be claimed.
public struct ReadyFile: Hashable, Sendable {
    public var name: [UInt8]
    public var stamp: FileStamp
    /// When a scan first saw it.
    public var seenAt: Instant
    /// Its sidecar, to be removed with the claim.
    public var sidecar: [UInt8]?

    public init(name: [UInt8], stamp: FileStamp, seenAt: Instant, sidecar: [UInt8]? = nil) {
        self.name = name
        self.stamp = stamp
        self.seenAt = seenAt
        self.sidecar = sidecar
    }
}

/// An entry that will not be taken; told once.
public struct ScanReport: Hashable, Sendable {
    public var name: [UInt8]
    /// `directory`, `FIFO`, `symbolic link`, …, or `unreadable`.
    public var problem: String

    public init(name: [UInt8], problem: String) {
        self.name = name
        self.problem = problem
    }
}

/// What a scan of one source's directory found.
public struct ScanResult: Hashable, Sendable {
    /// The oldest first: by modification time, then by name.
    public var ready: [ReadyFile] = []
    /// Files that are there but not complete yet.
    public var waiting = 0
    /// Those of them that appeared so recently that they may be complete soon, with events earlier than now.
    public var recent = 0
    /// Reported for the first time.
    public var reports: [ScanReport] = []
    /// All entries that will not be taken as they are, reported now or before.
    public var refused: [ScanReport] = []
    /// When a waiting file may be complete, if nothing happens to it.
    public var lookAgainAt: Instant?

    public init() {}
}

/// Looks at a source's directory: the truth about what is there, whatever was or was not notified.
public struct Scanner: Sendable {
    /// How long a file found by scan alone must have been still.
    public static let stillSeconds: Int64 = 5
    /// How long a file that is not complete counts as recent.
    public static let recentSeconds: Int64 = 60

    public let source: SourceConfiguration
    private let glob: Glob
    private var seen: [[UInt8]: Memory] = [:]

    private struct Memory: Sendable {
        var stamp: FileStamp
        var firstSeen: Instant
        var stillSince: Instant
        var reported: String?
    }

    public init(source: SourceConfiguration) {
        self.source = source
        glob = Glob(source.match)
    }

    /// Scans.
    /// - Parameters:
    ///   - completed: Names for which the watcher saw a rename or the writer's close.
    ///   - now: The wall clock.
    /// - Throws: ``IntakeError`` when the directory cannot be read; kind `vanished`: it is gone.
    public mutating func scan(
        files: any SpoolFiles, policy: ScanPolicy, completed: Set<[UInt8]> = [], now: Instant
    ) throws(IntakeError) -> ScanResult {
        let names = try files.names(in: source.directory)
        let present = Set(names)
        var result = ScanResult()
        var next: [[UInt8]: Memory] = [:]
        for name in names where !FileName.isIgnored(name) && !isSidecar(name) && glob.matches(name) {
            let status: EntryStatus
            do {
                status = try files.status(of: name, in: source.directory)
            } catch {
                // Gone between listing and looking, or taken: the next scan knows.
                continue
            }
            var memory = remembered(name, status.stamp, now)
            if let problem = problem(status) {
                let report = ScanReport(name: name, problem: problem)
                if memory.reported != problem { result.reports.append(report) }
                memory.reported = problem
                result.refused.append(report)
            } else {
                memory.reported = nil
                decide(name, memory, present, policy, completed, now, &result)
            }
            next[name] = memory
        }
        seen = next
        result.ready.sort { left, right in
            if left.stamp.modifiedNanoseconds != right.stamp.modifiedNanoseconds {
                return left.stamp.modifiedNanoseconds < right.stamp.modifiedNanoseconds
            }
            return left.name.lexicographicallyPrecedes(right.name)
        }
        return result
    }

    private func isSidecar(_ name: [UInt8]) -> Bool {
        guard case .sidecar(let suffix) = source.completion else { return false }
        return FileName.hasSuffix(name, suffix)
    }

    private func remembered(_ name: [UInt8], _ stamp: FileStamp, _ now: Instant) -> Memory {
        guard var memory = seen[name] else {
            // What was last written or renamed before we looked has been still since then.
            let touched = max(stamp.modifiedNanoseconds, stamp.changedNanoseconds) / 1000
            return Memory(stamp: stamp, firstSeen: now, stillSince: min(now, Instant(microseconds: touched)))
        }
        if memory.stamp != stamp {
            if memory.stamp.inode != stamp.inode { memory.firstSeen = now }
            memory.stamp = stamp
            memory.stillSince = now
        }
        return memory
    }

    private func problem(_ status: EntryStatus) -> String? {
        if status.kind != .regular { return status.kind.rawValue }
        return status.isReadable ? nil : "unreadable"
    }

    private func wait(_ memory: Memory, _ now: Instant, _ result: inout ScanResult) {
        result.waiting += 1
        if now < memory.firstSeen.advanced(bySeconds: Self.recentSeconds) { result.recent += 1 }
    }

    private func decide(
        _ name: [UInt8], _ memory: Memory, _ present: Set<[UInt8]>, _ policy: ScanPolicy,
        _ completed: Set<[UInt8]>, _ now: Instant, _ result: inout ScanResult
    ) {
        var sidecar: [UInt8]?
        var waitSeconds = Self.stillSeconds
        switch source.completion {
        case .rename: if completed.contains(name) { waitSeconds = 0 }
        case .quiet(let seconds): waitSeconds = seconds
        case .sidecar(let suffix):
            let expected = name + Array(suffix.utf8)
            guard present.contains(expected) else {
                wait(memory, now, &result)
                return
            }
            sidecar = expected
            waitSeconds = 0
        }
        let readyAt = memory.stillSince.advanced(bySeconds: policy == .atOnce ? 0 : waitSeconds)
        if now >= readyAt {
            result.ready.append(
                ReadyFile(name: name, stamp: memory.stamp, seenAt: memory.firstSeen, sidecar: sidecar))
        } else {
            wait(memory, now, &result)
            result.lookAgainAt = min(result.lookAgainAt ?? readyAt, readyAt)
        }
    }
}

public import DriftModel

/// How patient a scan is.
public enum ScanPolicy: Hashable, Sendable {
    /// A running daemon: files found by scan alone wait until they are still.
    case patient
    /// `run --once`: what is there is taken.
    case atOnce
}

/// Looks at a source's directory: the truth about what is there, whatever was or was not notified.
public struct Scanner: Sendable {
    /// How long a file found by scan alone must have been still.
    public static let stillSeconds: Int64 = 5
    /// How long a file that is not complete counts as recent.
    public static let recentSeconds: Int64 = 60
    /// Silence after which a writer that has not closed its file, or a sidecar that has not come, is told of.
    public static let stuckSeconds: Int64 = 3_600
    /// How long a file may be unreadable before it is told of again, louder.
    public static let graceSeconds: Int64 = 900

    public let source: SourceConfiguration
    private let glob: Glob
    private var seen: [[UInt8]: Memory] = [:]
    /// Names that were given back because they changed: a sign of their completion counts for nothing.
    private var distrusted: Set<[UInt8]> = []

    private struct Memory: Sendable {
        var stamp: FileStamp
        var firstSeen: Instant
        var stillSince: Instant
        var sign: ArrivalSign?
        /// What is wrong with it, since when, and whether that was told louder.
        var problem: SpoolProblem?
        var problemSince: Instant
        var isAlerted = false
    }

    public init(source: SourceConfiguration) {
        self.source = source
        glob = Glob(source.match)
    }

    /// Files that changed between a scan and their claim must be still before they are tried again.
    public mutating func distrust(_ names: [[UInt8]]) {
        distrusted.formUnion(names)
    }

    /// Scans.
    /// - Parameters:
    ///   - signs: What the watcher saw since the last scan.
    ///   - now: The wall clock.
    /// - Throws: ``IntakeError`` when the directory cannot be read or nothing may be taken out of it; kind
    ///   `vanished`: it is gone.
    /// - Complexity: O(entries log entries).
    public mutating func scan(
        files: any SpoolFiles, policy: ScanPolicy, signs: [[UInt8]: ArrivalSign] = [:], now: Instant
    ) throws(IntakeError) -> ScanResult {
        let names = try files.names(in: source.directory)
        if !files.isWritable(source.directory) {
            throw IntakeError(.forbidden, "take files out of", path: source.directory)
        }
        let present = Set(names)
        var result = ScanResult()
        var next: [[UInt8]: Memory] = [:]
        for name in names where !FileName.isIgnored(name) && !isSidecar(name) && glob.matches(name) {
            guard let look = try look(at: name, files) else { continue }
            var memory = remembered(name, look.stamp, signs[name], now)
            var problem = look.problem
            if problem == nil {
                problem = decide(name, memory, present, Patience(policy, files, now), &result)
            }
            report(name, problem, &memory, now, &result)
            next[name] = memory
        }
        seen = next
        if !distrusted.isEmpty { distrusted.formIntersection(present) }
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

    private struct Look {
        var stamp: FileStamp
        var problem: SpoolProblem?
    }

    /// - Returns: nil when it is gone, or was swapped for something else while we looked: the next scan knows.
    private func look(at name: [UInt8], _ files: any SpoolFiles) throws(IntakeError) -> Look? {
        do {
            let status = try files.status(of: name, in: source.directory)
            if status.kind != .regular { return Look(stamp: status.stamp, problem: .notAFile(status.kind)) }
            return Look(stamp: status.stamp, problem: status.isReadable ? nil : .unreadable("no permission to read it"))
        } catch {
            if error.isShortage { throw error }
            if error.kind == .vanished || error.kind == .notRegular { return nil }
            let nothing = FileStamp(device: 0, inode: 0, size: 0, modifiedNanoseconds: 0, changedNanoseconds: 0)
            return Look(stamp: nothing, problem: .unreadable(SystemError.text(error.errorNumber)))
        }
    }

    private func remembered(_ name: [UInt8], _ stamp: FileStamp, _ sign: ArrivalSign?, _ now: Instant) -> Memory {
        guard var memory = seen[name] else {
            // What was last written or renamed before we looked has been still since then.
            let touched = max(stamp.modifiedNanoseconds, stamp.changedNanoseconds) / 1000
            let still = min(now, Instant(microseconds: touched))
            return Memory(stamp: stamp, firstSeen: now, stillSince: still, sign: sign, problemSince: now)
        }
        if memory.stamp != stamp {
            if memory.stamp.inode != stamp.inode || memory.stamp.device != stamp.device {
                memory.firstSeen = now
                memory.sign = nil
            }
            memory.stamp = stamp
            memory.stillSince = now
        }
        // That it was closed says nothing about what happens to it later.
        if memory.sign == .complete { memory.sign = nil }
        memory.sign = sign ?? memory.sign
        return memory
    }

    // MARK: Problems

    private func report(
        _ name: [UInt8], _ problem: SpoolProblem?, _ memory: inout Memory, _ now: Instant, _ result: inout ScanResult
    ) {
        guard let problem else {
            memory.problem = nil
            return
        }
        if memory.problem != problem {
            memory.problem = problem
            memory.problemSince = problem.begins(firstSeen: memory.firstSeen, stillSince: memory.stillSince, now: now)
            memory.isAlerted = false
            result.reports.append(ScanReport(name: name, problem: problem, since: memory.problemSince))
        } else if problem.isOfReading, !memory.isAlerted,
            now >= memory.problemSince.advanced(bySeconds: Self.graceSeconds)
        {
            memory.isAlerted = true
            result.overdue.append(ScanReport(name: name, problem: problem, since: memory.problemSince))
        }
        result.refused.append(ScanReport(name: name, problem: problem, since: memory.problemSince))
    }

    // MARK: Completeness

    /// What it takes to believe that a file is whole.
    private struct Patience {
        let policy: ScanPolicy
        let files: any SpoolFiles
        let now: Instant

        init(_ policy: ScanPolicy, _ files: any SpoolFiles, _ now: Instant) {
            self.policy = policy
            self.files = files
            self.now = now
        }
    }

    /// Puts a regular, readable file among those that are ready or those that wait.
    /// - Returns: What people should know about one that waits.
    private func decide(
        _ name: [UInt8], _ memory: Memory, _ present: Set<[UInt8]>, _ patience: Patience, _ result: inout ScanResult
    ) -> SpoolProblem? {
        let now = patience.now
        let isStuck = now >= memory.stillSince.advanced(bySeconds: Self.stuckSeconds)
        var sidecar: [UInt8]?
        if case .sidecar(let suffix) = source.completion {
            let expected = name + Array(suffix.utf8)
            guard present.contains(expected) else {
                wait(memory, now, &result)
                return isStuck ? .noSidecar(FileName.display(expected)) : nil
            }
            sidecar = expected
        }
        guard patience.policy == .patient else {
            result.ready.append(ready(name, memory, sidecar))
            return nil
        }
        let seconds = stillSeconds(name, memory)
        let readyAt = memory.stillSince.advanced(bySeconds: seconds)
        if now < readyAt {
            wait(memory, now, &result)
            result.lookAgainAt = min(result.lookAgainAt ?? readyAt, readyAt)
            return nil
        }
        // Whoever renamed it or made the sidecar has said that it is whole; otherwise its writer may only be slow.
        if seconds > 0, isOpen(name, memory, patience.files) {
            wait(memory, now, &result)
            return isStuck ? .neverClosed : nil
        }
        result.ready.append(ready(name, memory, sidecar))
        return nil
    }

    private func ready(_ name: [UInt8], _ memory: Memory, _ sidecar: [UInt8]?) -> ReadyFile {
        ReadyFile(name: name, stamp: memory.stamp, seenAt: memory.firstSeen, sidecar: sidecar)
    }

    /// How long a file must have been still.
    private func stillSeconds(_ name: [UInt8], _ memory: Memory) -> Int64 {
        let isDistrusted = distrusted.contains(name)
        switch source.completion {
        case .rename: return memory.sign == .complete && !isDistrusted ? 0 : Self.stillSeconds
        case .quiet(let seconds): return seconds
        case .sidecar: return isDistrusted ? Self.stillSeconds : 0
        }
    }

    /// Whether a writer is known to hold a file open.
    private func isOpen(_ name: [UInt8], _ memory: Memory, _ files: any SpoolFiles) -> Bool {
        switch memory.sign {
        case .beingWritten: true
        // A link to a file is made whole, but not an empty one: that one is only just begun.
        case .created where memory.stamp.size == 0: true
        default: files.isBeingWritten(name, in: source.directory)
        }
    }

    private func wait(_ memory: Memory, _ now: Instant, _ result: inout ScanResult) {
        result.waiting += 1
        if now < memory.firstSeen.advanced(bySeconds: Self.recentSeconds) { result.recent += 1 }
    }
}

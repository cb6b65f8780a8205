import DriftIntake
import DriftModel
import DriftStore
import Logging
import Systemd

/// Looks at the directories of all sources and claims what is complete. One source's trouble is no other's.
final class ArrivalDesk {
    private let store: Store
    private let layout: SpoolLayout
    private let files: any SpoolFiles
    private let claimer: Claimer
    private let arrivals: Arrivals
    private let log: Logger
    private var scanners: [Scanner]
    /// Sources of which nothing could be taken at the last look, and why: said once.
    private var troubles: [Int: (error: IntakeError, since: Instant)] = [:]
    /// Files that could not be taken, as they were then.
    private var barred: [Barred: (stamp: FileStamp, at: Instant, why: SpoolProblem)] = [:]
    /// What the database was last told to need a person.
    private var told: [SpoolTrouble]?
    /// Since when sources are not watched.
    private var unwatchedSince: [Int: Instant] = [:]
    /// Why files that are complete were left where they are at the last look; nil: none was.
    private(set) var shortage: DiskShortage?
    /// Where room is wanted before a file is claimed.
    private let disks: [String]
    private let quota: SourceQuota

    /// Some source has more files than are taken at a time.
    var leavesSome: Bool { !quota.crowds.isEmpty }
    /// When a file that is not complete should be looked at again; nil: no file is.
    private(set) var lookAgainAt: Instant?
    /// A file appeared so recently that it may be complete soon: until then the first event that waits is not known.
    private(set) var holdsTime = false

    /// When directories with much in them may be looked at again while there is other work (microseconds since boot).
    private var restsUntil: UInt64 = 0
    /// Entries that a look may meet without a rest after it, and how much longer the rest is than the look.
    private static let restsAfter: (entries: Int, factor: UInt64) = (256, 8)

    /// Most files claimed in one transaction.
    private static let claimsMax = 1_000
    /// How long a file that could not be taken, and has not changed, is left alone.
    private static let barredSeconds: Int64 = 3_600

    private struct Barred: Hashable {
        var source: Int
        var name: [UInt8]
    }

    init(
        sources: [SourceConfiguration], store: Store, layout: SpoolLayout, files: any SpoolFiles, disks: [String],
        arrivals: Arrivals, log: Logger
    ) {
        self.disks = disks
        quota = SourceQuota(store: store, log: log)
        self.store = store
        self.layout = layout
        self.files = files
        self.arrivals = arrivals
        self.log = log
        claimer = Claimer(layout: layout, files: files)
        scanners = sources.map { Scanner(source: $0) }
    }

    /// Claims what has arrived.
    /// - Parameters:
    ///   - isBetween: There is other work: directories that took long to look at are left for a while. Otherwise
    ///     many files that are not complete would be looked at again after every one that is applied.
    ///   - claimedAt: What the rows say; never before `now`.
    ///   - progress: Called between claims; false ends it early.
    ///   - taken: Called with the files of each claim, and how many more are ready; false ends it early.
    func take(
        now: Instant, isBetween: Bool, claimedAt: Instant, policy: ScanPolicy, progress: () -> Bool,
        taken: (_ claimed: [ClaimedFile], _ left: Int) throws -> Bool
    ) throws {
        if isBetween, MonotonicClock.microseconds() < restsUntil, try !quota.hasRoomAgain() { return }
        lookAgainAt = nil
        holdsTime = false
        shortage = nil
        var found: [SpoolTrouble] = []
        var queues: [Queue] = []
        let signs = arrivals.take()
        for index in scanners.indices {
            guard progress() else { return }
            let result = timedScan(index, signs[index] ?? [:], policy, now)
            found += directoryTroubles(index, now)
            guard let result else { continue }
            tell(result, of: scanners[index].source, now)
            if let again = result.lookAgainAt { lookAgainAt = min(lookAgainAt ?? again, again) }
            if result.recent > 0 { holdsTime = true }
            let ready = result.ready.filter { !isBarred($0, of: index, now: now) }
            let most = try quota.most(ofReady: ready.count, source: scanners[index].source, index: index, now)
            queues.append(Queue(source: index, rest: ready.prefix(most), result: result))
            if let crowd = quota.crowds[index] { found.append(crowd) }
        }
        guard try claimInTurns(&queues, signs, claimedAt, now, progress: progress, taken: taken) else { return }
        for queue in queues {
            let refused = queue.result.refused + barredFiles(of: queue.source, queue.result)
            found += fileTroubles(refused, of: scanners[queue.source].source)
        }
        if found != told {
            try store.write { try $0.setSpoolTroubles(found) }
            told = found
        }
    }

    /// What is ready of one source.
    private struct Queue {
        var source: Int
        /// Not claimed yet.
        var rest: ArraySlice<ReadyFile>
        var result: ScanResult
    }

    /// Claims some of each source in turn: one that is flooded holds up no other.
    /// - Returns: False when it was ended early.
    private func claimInTurns(
        _ queues: inout [Queue], _ signs: [Int: [[UInt8]: ArrivalSign]], _ claimedAt: Instant, _ now: Instant,
        progress: () -> Bool, taken: (_ claimed: [ClaimedFile], _ left: Int) throws -> Bool
    ) throws -> Bool {
        while queues.contains(where: { !$0.rest.isEmpty }) {
            for place in queues.indices where !queues[place].rest.isEmpty {
                let source = queues[place].source
                guard progress() else { return false }
                guard try hasRoom(for: queues[place].rest) else {
                    arrivals.giveBack(source: source, signs[source] ?? [:])
                    queues[place].rest = []
                    continue
                }
                let claimed = try claim(Array(queues[place].rest.prefix(Self.claimsMax)), of: source, claimedAt, now)
                quota.note(claimed: claimed.count, of: source)
                queues[place].rest = queues[place].rest.dropFirst(Self.claimsMax)
                guard try taken(claimed, queues.reduce(0) { $0 + $1.rest.count }) else { return false }
            }
        }
        return true
    }

    /// Whether there is room for the largest of them. While there is not, the first event that waits is not known, so
    /// that nothing else may be applied or time moved either.
    private func hasRoom(for ready: ArraySlice<ReadyFile>) throws -> Bool {
        let largest = ready.lazy.map(\.stamp.size).max() ?? 0
        guard let found = try files.shortage(forFilesOf: largest, in: disks) else { return true }
        shortage = found
        holdsTime = true
        return false
    }

    // MARK: What people can ask for

    private func directoryTroubles(_ index: Int, _ now: Instant) -> [SpoolTrouble] {
        let name = scanners[index].source.name
        var found: [SpoolTrouble] = []
        if let trouble = troubles[index] {
            found.append(SpoolTrouble(source: name, problem: "\(trouble.error)", since: trouble.since))
        } else if let reason = arrivals.unwatchedSources[index] {
            let since = unwatchedSince[index] ?? now
            unwatchedSince[index] = since
            found.append(SpoolTrouble(source: name, problem: "scanned instead of watched: \(reason)", since: since))
            return found
        }
        unwatchedSince[index] = nil
        return found
    }

    private func fileTroubles(_ reports: [ScanReport], of source: SourceConfiguration) -> [SpoolTrouble] {
        reports.map { report in
            SpoolTrouble(
                source: source.name, name: FileName.display(report.name), problem: "\(report.problem)",
                since: report.since)
        }.sorted { ($0.since, $0.name ?? "") < ($1.since, $1.name ?? "") }
    }

    // MARK: Sources

    private func timedScan(
        _ index: Int, _ signs: [[UInt8]: ArrivalSign], _ policy: ScanPolicy, _ now: Instant
    ) -> ScanResult? {
        let began = MonotonicClock.microseconds()
        guard let result = scan(index, signs, policy, now) else { return nil }
        if result.waiting + result.refused.count > Self.restsAfter.entries {
            let ended = MonotonicClock.microseconds()
            restsUntil = max(restsUntil, ended + (ended - began) * Self.restsAfter.factor)
        }
        return result
    }

    /// - Returns: nil when nothing can be taken from this source now.
    private func scan(
        _ index: Int, _ signs: [[UInt8]: ArrivalSign], _ policy: ScanPolicy, _ now: Instant
    ) -> ScanResult? {
        let source = scanners[index].source
        do throws(IntakeError) {
            let found = try scanners[index].scan(files: files, policy: policy, signs: signs, now: now)
            if !found.ready.isEmpty { try layout.probe(from: source.directory, files: files) }
            if troubles.removeValue(forKey: index) != nil { log.notice("source \(source.name): usable again") }
            return found
        } catch {
            // Only this source suffers; the watcher tells when the directory is back.
            if troubles[index]?.error != error {
                troubles[index] = (error, now)
                log.warning("source \(source.name): \(error); the other sources go on")
            }
            return nil
        }
    }

    private func tell(_ found: ScanResult, of source: SourceConfiguration, _ now: Instant) {
        for report in found.reports {
            log.warning(
                "\(source.directory)/\(FileName.display(report.name)): \(report.problem); left where it is (\(report.problem.advice))"
            )
        }
        for report in found.overdue {
            let minutes = (now.microseconds - report.since.microseconds) / 60_000_000
            log.error(
                "\(source.directory)/\(FileName.display(report.name)): still \(report.problem), for \(minutes) min (\(report.problem.advice))"
            )
        }
    }

    private func claim(
        _ ready: [ReadyFile], of index: Int, _ claimedAt: Instant, _ now: Instant
    ) throws -> [ClaimedFile] {
        let source = scanners[index].source
        let claim = try claimer.claim(ready, source: source, store: store, now: claimedAt)
        for (file, error) in claim.refused {
            let why = SpoolProblem.cannotBeTaken(error.cause)
            barred[Barred(source: index, name: file.name)] = (file.stamp, now, why)
            log.warning("\(source.directory)/\(FileName.display(file.name)): \(why); left where it is (\(why.advice))")
        }
        if !claim.released.isEmpty {
            scanners[index].distrust(claim.released)
            let again = now.advanced(bySeconds: Scanner.stillSeconds)
            lookAgainAt = min(lookAgainAt ?? again, again)
            for name in claim.released {
                log.notice(
                    "\(source.directory)/\(FileName.display(name)): changed while it was being taken; taken when it is still"
                )
            }
        }
        return claim.claimed
    }

    // MARK: Files that cannot be taken

    /// Whether a file could not be taken a while ago, and nothing has happened to it since.
    private func isBarred(_ file: ReadyFile, of source: Int, now: Instant) -> Bool {
        let key = Barred(source: source, name: file.name)
        guard let last = barred[key] else { return false }
        if last.stamp == file.stamp && now < last.at.advanced(bySeconds: Self.barredSeconds) { return true }
        barred[key] = nil
        return false
    }

    private func barredFiles(of source: Int, _ found: ScanResult) -> [ScanReport] {
        guard !barred.isEmpty else { return [] }
        let present = Set(found.ready.map(\.name))
        barred = barred.filter { $0.key.source != source || present.contains($0.key.name) }
        return barred.filter { $0.key.source == source }.map { key, last in
            ScanReport(name: key.name, problem: last.why, since: last.at)
        }
    }
}

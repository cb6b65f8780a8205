import Foundation
import Glibc
import Synchronization
import Testing

@testable import DriftIntake

/// Each test is bound in time by what it waits for: a signal that the kernel owes us.
@Suite(.timeLimit(.minutes(30))) struct WatcherTests {
    let scratch: Scratch
    let name = Array("x.csv".utf8)

    init() throws { scratch = try Scratch() }

    /// A watcher and what it says; the first signal of each directory is taken already.
    final class Ear: Sendable {
        let watcher: Watcher

        init(_ watcher: Watcher, roots: Int = 1) async {
            self.watcher = watcher
            for _ in 0..<roots { _ = await next() }
        }

        deinit { watcher.stop() }

        func next() async -> WatchSignal? { await first { _ in true } }

        /// The first signal that fits.
        func first(where fits: (WatchSignal) -> Bool) async -> WatchSignal? {
            for await signal in watcher.signals where fits(signal) { return signal }
            return nil
        }
    }

    func ear(_ pace: Watcher.Pace = .init(), kernel: any Inotify = SystemInotify()) async -> Ear {
        await Ear(Watcher(roots: [scratch.incoming], pace: pace, kernel: kernel))
    }

    func move(_ from: String, _ to: String) throws { try #require(unsafe rename(from, to) == 0) }

    @Test func aRenameIntoPlaceIsSignalledWithItsName() async throws {
        let ear = await ear()
        try scratch.write("x", "x.csv", in: scratch.root)
        try move(scratch.root + "/x.csv", scratch.incoming + "/x.csv")
        #expect(await ear.next()?.signs == [name: .complete])
    }

    @Test func theSignalsEndWithTheWatcher() async throws {
        let ear = await ear()
        ear.watcher.stop()
        #expect(await ear.next() == nil)
    }

    /// Two signals at least: that somebody writes is known before that nobody does any more.
    @Test func aWriterIsKnownUntilItCloses() async throws {
        let ear = await ear()
        let file = unsafe open(scratch.incoming + "/x.csv", O_WRONLY | O_CREAT, 0o600)
        try #require(file >= 0)
        try #require(unsafe write(file, "a", 1) == 1)
        let writing = await ear.first { $0.signs[name] == .beingWritten }
        #expect(writing != nil)
        close(file)
        #expect(await ear.first { $0.signs[name] == .complete }?.isUrgent == true)
    }

    /// Nobody looks at the directory for each block of a long copy.
    @Test func furtherWritesAreNoNews() async throws {
        let ear = await ear()
        let file = unsafe open(scratch.incoming + "/x.csv", O_WRONLY | O_CREAT, 0o600)
        try #require(unsafe write(file, "a", 1) == 1)
        let writing = await ear.first { $0.signs[name] == .beingWritten }
        #expect(writing != nil)
        for _ in 0..<1_000 { try #require(unsafe write(file, "a", 1) == 1) }
        try scratch.write("y", "end.csv")
        let next = await ear.next()
        #expect(next?.signs[name] == nil)
        close(file)
    }

    @Test func aLinkIsSignalled() async throws {
        let ear = await ear()
        try scratch.write("x", "x.csv", in: scratch.root)
        try #require(unsafe link(scratch.root + "/x.csv", scratch.incoming + "/x.csv") == 0)
        let signal = await ear.next()
        #expect(signal?.signs == [name: .created])
        #expect(signal?.isUrgent == true)
    }

    @Test func namesOfFilesBeingWrittenWakeNobody() async throws {
        let ear = await ear()
        try scratch.write("x", ".x.csv.tmp")
        try scratch.write("x", "x.part")
        try move(scratch.incoming + "/.x.csv.tmp", scratch.incoming + "/x.csv")
        #expect(await ear.next()?.signs == [name: .complete])
    }

    /// One directory, two sources: both hear of it.
    @Test func aDirectoryOfTwoSourcesIsWatchedForBoth() async throws {
        let watcher = Watcher(roots: [scratch.incoming, scratch.incoming])
        let ear = await Ear(watcher, roots: 2)
        try scratch.write("x", ".x.tmp")
        try move(scratch.incoming + "/.x.tmp", scratch.incoming + "/x.csv")
        let signals = [await ear.next(), await ear.next()]
        #expect(signals.map { $0?.root } == [0, 1])
        #expect(signals.allSatisfy { $0?.signs == [name: .complete] })
    }

    // MARK: Directories that come and go

    @Test func aDirectoryThatIsGoneIsDegradedUntilItIsBack() async throws {
        let ear = await ear(.init(retry: 20))
        try FileManager.default.removeItem(atPath: scratch.incoming)
        #expect(await ear.next()?.degraded == "the directory is not there")
        try FileManager.default.createDirectory(atPath: scratch.incoming, withIntermediateDirectories: false)
        #expect(await ear.first { $0.degraded == nil } != nil)
        try scratch.write("x", ".x.tmp")
        try move(scratch.incoming + "/.x.tmp", scratch.incoming + "/x.csv")
        #expect(await ear.first { !$0.signs.isEmpty }?.signs == [name: .complete])
    }

    /// Catches a watch that follows the old directory to its new name.
    @Test func aDirectoryThatWasReplacedIsWatchedAnew() async throws {
        let ear = await ear(.init(retry: 20))
        try FileManager.default.createDirectory(
            atPath: scratch.root + "/new", withIntermediateDirectories: false)
        try move(scratch.incoming, scratch.root + "/old")
        try move(scratch.root + "/new", scratch.incoming)
        try scratch.write("x", "old.csv", in: scratch.root + "/old")
        // The loss of the old one is told first, with the new one armed or not.
        #expect(await ear.first { $0.degraded == nil } != nil)
        try scratch.write("x", ".x.tmp")
        try move(scratch.incoming + "/.x.tmp", scratch.incoming + "/x.csv")
        let signal = await ear.first { !$0.signs.isEmpty }
        #expect(signal?.signs == [name: .complete])
    }

    /// Nothing is told of a rename above the directory: its path is compared now and then.
    @Test func aDirectoryWhoseParentWasReplacedIsWatchedAnew() async throws {
        let ear = await ear(.init(retry: 20, identity: 20))
        try move(scratch.root + "/incoming", scratch.root + "/before")
        try FileManager.default.createDirectory(atPath: scratch.incoming, withIntermediateDirectories: true)
        #expect(await ear.first { $0.degraded == nil } != nil)
        try scratch.write("x", ".x.tmp")
        try move(scratch.incoming + "/.x.tmp", scratch.incoming + "/x.csv")
        #expect(await ear.first { !$0.signs.isEmpty }?.signs == [name: .complete])
    }

    @Test func onlyTheSourceWhoseDirectoryIsGoneSuffers() async throws {
        let other = scratch.root + "/incoming/other"
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
        let ear = await Ear(Watcher(roots: [scratch.incoming, other], pace: .init(retry: 20)), roots: 2)
        try FileManager.default.removeItem(atPath: scratch.incoming)
        #expect(await ear.first { $0.root == 0 }?.degraded != nil)
        try scratch.write("x", ".x.tmp", in: other)
        try move(other + "/.x.tmp", other + "/x.csv")
        let signal = await ear.first { $0.root == 1 }
        #expect(signal == WatchSignal(root: 1, signs: [name: .complete]))
    }

    // MARK: Limits

    /// Fails so many calls, then does as the kernel does.
    final class Stingy: Inotify {
        private let left: Mutex<(creates: Int, adds: Int)>
        private let error: Int32
        private let real = SystemInotify()

        init(creates: Int = 0, adds: Int = 0, error: Int32) {
            left = Mutex((creates, adds))
            self.error = error
        }

        func create() -> Int32 {
            let fails = left.withLock { left in
                left.creates -= 1
                return left.creates >= 0
            }
            if !fails { return real.create() }
            errno = error
            return -1
        }

        func add(_ queue: Int32, _ path: String, _ mask: UInt32) -> Int32 {
            let fails = left.withLock { left in
                left.adds -= 1
                return left.adds >= 0
            }
            if !fails { return real.add(queue, path, mask) }
            errno = error
            return -1
        }
    }

    @Test(arguments: [(0, 3, ENOSPC, "max_user_watches"), (3, 0, EMFILE, "max_user_instances")])
    func withoutAWatchTheDirectoryIsScannedUntilThereIsOne(
        creates: Int, adds: Int, error: Int32, setting: String
    ) async throws {
        let watcher = Watcher(
            roots: [scratch.incoming], pace: .init(retry: 20),
            kernel: Stingy(creates: creates, adds: adds, error: error))
        var signals = watcher.signals.makeAsyncIterator()
        let first = await signals.next()
        #expect(first?.degraded?.contains(setting) == true)
        // It calls again and again, though nothing is notified.
        var signal = await signals.next()
        #expect(signal?.degraded?.contains(setting) == true)
        while signal?.degraded != nil { signal = await signals.next() }
        #expect(signal == WatchSignal(root: 0))
        watcher.stop()
    }

    @Test func anOverflowForgetsWhatWasKnownAndCallsForALook() {
        var directory = WatchedDirectory(path: "/nowhere")
        directory.take(UInt32(IN_CREATE), name)
        directory.take(UInt32(IN_MODIFY), name)
        directory.call(overflow: true)
        let signal = directory.takeNews(root: 3)
        #expect(signal == WatchSignal(root: 3, hasOverflowed: true))
        // The writer may have closed in between: a further write is news again.
        directory.take(UInt32(IN_MODIFY), name)
        #expect(directory.takeNews(root: 3)?.signs == [name: .beingWritten])
    }

    @Test func whatIsGoneLeavesNoSign() {
        var directory = WatchedDirectory(path: "/nowhere")
        directory.take(UInt32(IN_CLOSE_WRITE), name)
        directory.take(UInt32(IN_DELETE), name)
        #expect(directory.takeNews(root: 0)?.signs.isEmpty == true)
    }

    @Test(arguments: [(0x6969, "NFS"), (0xFF53_4D42, "CIFS"), (0x6573_5546, "FUSE"), (0xEF53, nil), (0x0102_1994, nil)])
    func networkFileSystemsAreKnown(type: Int, name: String?) {
        #expect(NetworkFileSystem.name(ofType: Int64(type)) == name)
    }
}

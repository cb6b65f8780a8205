import CLinux
import Foundation
import Glibc

/// Something may have happened in a watched directory. Only a scan knows what.
public struct WatchSignal: Hashable, Sendable {
    /// Index of the directory in the order given.
    public var root: Int
    /// Names that were renamed into place or closed by their writer since the last signal.
    public var completed: Set<[UInt8]>
    /// Why the directory cannot be watched, so that it is looked at every few seconds; nil while it can.
    public var degraded: String?

    public init(root: Int, completed: Set<[UInt8]> = [], degraded: String? = nil) {
        self.root = root
        self.completed = completed
        self.degraded = degraded
    }
}

/// Watches directories with inotify on a thread of its own, so that a long transaction cannot overflow the
/// kernel's queue. A hint only: overflow, lost watches and limits all become "look again".
public final class Watcher: Sendable {
    /// How often a directory that cannot be watched is signalled, and one that vanished is tried again.
    public static let retryMillisecondsDefault: Int32 = 5_000

    /// Emits a first signal for every directory as soon as its watch is armed: watch first, then scan.
    public let signals: AsyncStream<WatchSignal>
    private let stopDescriptor: Int32

    /// Starts the thread.
    /// - Parameters:
    ///   - roots: Directories, absolute.
    ///   - retryMilliseconds: Pause between signals for a directory that cannot be watched.
    public init(roots: [String], retryMilliseconds: Int32 = Watcher.retryMillisecondsDefault) {
        let (stream, continuation) = AsyncStream.makeStream(of: WatchSignal.self, bufferingPolicy: .unbounded)
        signals = stream
        stopDescriptor = segdrift_signal_create()
        let stop = stopDescriptor
        let thread = Thread {
            var loop = WatchLoop(
                roots: roots, stop: stop, retryMilliseconds: retryMilliseconds, continuation: continuation)
            loop.run()
        }
        thread.name = "watcher"
        thread.start()
    }

    /// Ends the thread and the signals.
    public func stop() {
        segdrift_signal(stopDescriptor)
    }

    deinit {
        // The thread closes the descriptor when it has seen the signal.
        segdrift_signal(stopDescriptor)
    }
}

/// The thread's state.
private struct WatchLoop {
    private struct Root {
        var path: String
        var watch: Int32 = -1
        var degraded: String?
    }

    private static let mask =
        UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO) | UInt32(IN_CREATE) | UInt32(IN_DELETE_SELF)
        | UInt32(IN_MOVE_SELF) | UInt32(IN_ONLYDIR)

    private var roots: [Root]
    private let stop: Int32
    private let retryMilliseconds: Int32
    private let continuation: AsyncStream<WatchSignal>.Continuation
    private var queue: Int32 = -1
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    private var completed: [Int: Set<[UInt8]>] = [:]

    init(
        roots: [String], stop: Int32, retryMilliseconds: Int32,
        continuation: AsyncStream<WatchSignal>.Continuation
    ) {
        self.roots = roots.map { Root(path: $0) }
        self.stop = stop
        self.retryMilliseconds = retryMilliseconds
        self.continuation = continuation
    }

    mutating func run() {
        queue = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        for index in roots.indices {
            arm(index)
            completed[index] = []
        }
        emit()
        while wait() {
            drain()
            for index in roots.indices where roots[index].watch < 0 {
                arm(index)
                completed[index, default: []].formUnion([])
            }
            emit()
        }
        continuation.finish()
        if queue >= 0 { close(queue) }
        close(stop)
    }

    /// Waits for events, the stop signal, or the time to look at directories that cannot be watched.
    /// - Returns: False when it is time to end.
    private func wait() -> Bool {
        let isDegraded = roots.contains { $0.watch < 0 }
        var polls = [
            pollfd(fd: stop, events: Int16(POLLIN), revents: 0), pollfd(fd: queue, events: Int16(POLLIN), revents: 0),
        ]
        let count = nfds_t(queue >= 0 ? 2 : 1)
        while true {
            let result = unsafe poll(&polls, count, isDegraded ? retryMilliseconds : -1)
            if result >= 0 || errno != EINTR { return polls[0].revents == 0 }
        }
    }

    private mutating func arm(_ index: Int) {
        if queue < 0 {
            roots[index].degraded = "no inotify instance; raise fs.inotify.max_user_instances"
            return
        }
        if let reason = Self.networkFileSystem(roots[index].path) {
            roots[index].degraded = reason
            return
        }
        let watch = unsafe inotify_add_watch(queue, roots[index].path, Self.mask)
        if watch >= 0 {
            roots[index].watch = watch
            roots[index].degraded = nil
            return
        }
        roots[index].degraded =
            switch errno {
            case ENOSPC: "no watch left; raise fs.inotify.max_user_watches"
            case ENOENT, ENOTDIR: "the directory is not there"
            case EACCES: "no permission to watch the directory"
            default: "inotify_add_watch failed with error \(errno)"
            }
    }

    /// Changes made on another machine are not notified.
    private static func networkFileSystem(_ path: String) -> String? {
        let type = unsafe segdrift_file_system_type(path)
        let kinds: [Int64: String] = [
            0x6969: "NFS", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB", 0x6573_5546: "FUSE", 0x0102_1997: "9P",
        ]
        return kinds[type].map { "on \($0), where changes are not notified" }
    }

    private mutating func drain() {
        guard queue >= 0 else { return }
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(queue, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            var offset = 0
            let header = MemoryLayout<inotify_event>.size
            while offset + header <= count {
                let event = unsafe buffer.withUnsafeBytes {
                    unsafe $0.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                }
                let nameEnd = offset + header + Int(event.len)
                let name = Array(buffer[(offset + header)..<min(nameEnd, count)].prefix { $0 != 0 })
                take(event, name)
                offset = nameEnd
            }
        }
    }

    private mutating func take(_ event: inotify_event, _ name: [UInt8]) {
        if event.mask & UInt32(IN_Q_OVERFLOW) != 0 {
            for index in roots.indices { completed[index, default: []].formUnion([]) }
            return
        }
        for index in roots.indices where roots[index].watch == event.wd {
            if event.mask & UInt32(IN_CLOSE_WRITE | IN_MOVED_TO) != 0 {
                completed[index, default: []].insert(name)
            } else {
                completed[index, default: []].formUnion([])
            }
            if event.mask & UInt32(IN_MOVE_SELF) != 0 { _ = inotify_rm_watch(queue, roots[index].watch) }
            let gone = UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)
            if event.mask & gone != 0 {
                roots[index].watch = -1
                roots[index].degraded = "the directory is not there"
            }
        }
    }

    private mutating func emit() {
        for (index, names) in completed.sorted(by: { $0.key < $1.key }) {
            continuation.yield(WatchSignal(root: index, completed: names, degraded: roots[index].degraded))
        }
        completed.removeAll()
    }
}

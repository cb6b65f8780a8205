import CLinux
import Foundation
import Glibc

/// What the watcher saw last of a name.
public enum ArrivalSign: Hashable, Sendable {
    /// It was renamed into place, or its writer closed it.
    case complete
    /// It was made here, or linked; whoever made it may be about to write.
    case created
    /// Somebody writes to it and has not closed it.
    case beingWritten
}

/// Something may have happened in a watched directory. Only a scan knows what.
public struct WatchSignal: Hashable, Sendable {
    /// Index of the directory in the order given.
    public var root: Int
    /// Names of which something was seen since the last signal, without those that are ignored by rule.
    public var signs: [[UInt8]: ArrivalSign]
    /// Why the directory cannot be watched, so that it is looked at every few seconds; nil while it can.
    public var degraded: String?
    /// More happened than the kernel could keep: signs are missing.
    public var hasOverflowed: Bool
    /// Somebody should look now; otherwise there is only something to know at the next look.
    public var isUrgent: Bool

    public init(
        root: Int, signs: [[UInt8]: ArrivalSign] = [:], degraded: String? = nil, hasOverflowed: Bool = false,
        isUrgent: Bool = true
    ) {
        self.root = root
        self.signs = signs
        self.degraded = degraded
        self.hasOverflowed = hasOverflowed
        self.isUrgent = isUrgent
    }
}

/// Watches directories with inotify on a thread of its own, so that a long transaction cannot overflow the
/// kernel's queue. A hint only: overflow, lost watches and limits all become "look again".
public final class Watcher: Sendable {
    /// How often things are tried again (milliseconds).
    public struct Pace: Hashable, Sendable {
        /// A directory that cannot be watched is signalled, and its watch tried again.
        public var retry: Int32
        /// A watched directory is compared with what its path leads to now.
        public var identity: Int32

        public init(retry: Int32 = 5_000, identity: Int32 = 60_000) {
            self.retry = retry
            self.identity = identity
        }
    }

    /// Emits a first signal for every directory as soon as its watch is armed: watch first, then scan.
    public let signals: AsyncStream<WatchSignal>
    private let stopDescriptor: Int32

    /// Starts the thread.
    /// - Parameter roots: Directories, absolute. One may be given more than once.
    public convenience init(roots: [String], pace: Pace = Pace()) {
        self.init(roots: roots, pace: pace, kernel: SystemInotify())
    }

    init(roots: [String], pace: Pace, kernel: any Inotify) {
        let (stream, continuation) = AsyncStream.makeStream(of: WatchSignal.self, bufferingPolicy: .unbounded)
        signals = stream
        stopDescriptor = segdrift_signal_create()
        let stop = stopDescriptor
        let thread = Thread {
            var loop = WatchLoop(
                directories: roots.map { WatchedDirectory(path: $0) }, stop: stop, pace: pace, kernel: kernel,
                continuation: continuation)
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

/// The calls a watcher makes; tests make them fail.
protocol Inotify: Sendable {
    /// A new instance, non-blocking; negative with `errno` on failure.
    func create() -> Int32
    /// A watch on a directory; negative with `errno` on failure.
    func add(_ queue: Int32, _ path: String, _ mask: UInt32) -> Int32
}

struct SystemInotify: Inotify {
    func create() -> Int32 { inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)) }

    func add(_ queue: Int32, _ path: String, _ mask: UInt32) -> Int32 {
        unsafe inotify_add_watch(queue, path, mask)
    }
}

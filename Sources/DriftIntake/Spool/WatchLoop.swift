import Glibc

/// The watcher's thread: waits for the kernel, keeps the watches, and passes on what may have happened.
struct WatchLoop {
    private static let mask =
        UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO) | UInt32(IN_CREATE) | UInt32(IN_MODIFY) | UInt32(IN_MOVED_FROM)
        | UInt32(IN_DELETE) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF) | UInt32(IN_ONLYDIR)
    /// Pause after events that were no news: a file being written raises one per write, and equal ones are merged
    /// while nobody reads them.
    private static let dullPauseMilliseconds: Int32 = 2

    private var directories: [WatchedDirectory]
    private let stop: Int32
    private let pace: Watcher.Pace
    private let kernel: any Inotify
    private let continuation: AsyncStream<WatchSignal>.Continuation
    private var queue: Int32 = -1
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    init(
        directories: [WatchedDirectory], stop: Int32, pace: Watcher.Pace, kernel: any Inotify,
        continuation: AsyncStream<WatchSignal>.Continuation
    ) {
        self.directories = directories
        self.stop = stop
        self.pace = pace
        self.kernel = kernel
        self.continuation = continuation
    }

    mutating func run() {
        for index in directories.indices {
            arm(index)
            directories[index].call()
        }
        emit()
        while true {
            let happening = wait()
            if happening == .stop { break }
            if happening == .events { drain() } else { checkIdentities() }
            for index in directories.indices where directories[index].watch < 0 {
                // Where nothing is notified, the time that has passed is the only sign.
                let before = directories[index].degraded
                arm(index)
                if happening == .timeout || directories[index].degraded != before { directories[index].call() }
            }
            let isNews = emit()
            if happening == .events, !isNews, pauses() { break }
        }
        continuation.finish()
        if queue >= 0 { close(queue) }
        close(stop)
    }

    private enum Happening { case events, timeout, stop }

    private func wait() -> Happening {
        let isDegraded = directories.contains { $0.watch < 0 }
        var polls = [
            pollfd(fd: stop, events: Int16(POLLIN), revents: 0), pollfd(fd: queue, events: Int16(POLLIN), revents: 0),
        ]
        let count = nfds_t(queue >= 0 ? 2 : 1)
        while true {
            let result = unsafe poll(&polls, count, isDegraded ? pace.retry : pace.identity)
            if result < 0, errno == EINTR { continue }
            if polls[0].revents != 0 { return .stop }
            return result > 0 ? .events : .timeout
        }
    }

    /// - Returns: Whether it is time to end.
    private func pauses() -> Bool {
        var polls = [pollfd(fd: stop, events: Int16(POLLIN), revents: 0)]
        return unsafe poll(&polls, 1, Self.dullPauseMilliseconds) > 0
    }

    // MARK: Watches

    private mutating func arm(_ index: Int) {
        let path = directories[index].path
        if let reason = NetworkFileSystem.reason(path) {
            directories[index].degraded = reason
            return
        }
        if queue < 0 { queue = kernel.create() }
        guard queue >= 0 else {
            directories[index].degraded =
                errno == EMFILE
                ? "no inotify instance left for this user; raise fs.inotify.max_user_instances"
                : "inotify cannot be used: \(SystemError.text(errno))"
            return
        }
        let watch = kernel.add(queue, path, Self.mask)
        guard watch >= 0 else {
            directories[index].degraded = Self.reason(errno)
            return
        }
        directories[index].watch = watch
        directories[index].degraded = nil
        directories[index].identity = WatchedDirectory.Identity(path: path)
    }

    private static func reason(_ number: Int32) -> String {
        switch number {
        case ENOSPC: "no watch left for this user; raise fs.inotify.max_user_watches"
        case ENOENT: "the directory is not there"
        case ENOTDIR: "it is not a directory"
        case EACCES: "no permission to watch the directory"
        default: "it cannot be watched: \(SystemError.text(number))"
        }
    }

    /// Renaming or mounting over a directory above is not told: the path may lead elsewhere by now.
    private mutating func checkIdentities() {
        for index in directories.indices where directories[index].watch >= 0 {
            let now = WatchedDirectory.Identity(path: directories[index].path)
            if now == directories[index].identity { continue }
            let watch = directories[index].watch
            for other in directories.indices where directories[other].watch == watch {
                directories[other].lose("another directory has taken its place")
            }
            inotify_rm_watch(queue, watch)
        }
    }

    // MARK: Events

    private mutating func drain() {
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
            for index in directories.indices { directories[index].call(overflow: true) }
            return
        }
        let gone = UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)
        var isMoved = false
        for index in directories.indices where directories[index].watch == event.wd {
            if event.mask & gone == 0 {
                directories[index].take(event.mask, name)
            } else {
                isMoved = isMoved || event.mask & UInt32(IN_MOVE_SELF) != 0
                directories[index].lose("the directory is not there")
            }
        }
        // The watch would follow the directory to its new name.
        if isMoved { inotify_rm_watch(queue, event.wd) }
    }

    /// - Returns: Whether there was anything to say.
    @discardableResult
    private mutating func emit() -> Bool {
        var isNews = false
        for index in directories.indices {
            guard let signal = directories[index].takeNews(root: index) else { continue }
            continuation.yield(signal)
            isNews = true
        }
        return isNews
    }
}

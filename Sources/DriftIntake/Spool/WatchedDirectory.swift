import Glibc

/// What the watcher knows of one directory.
struct WatchedDirectory {
    /// A directory's identity, whatever it is called.
    struct Identity: Hashable {
        var device: UInt64
        var inode: UInt64

        /// nil: nothing is there.
        init?(path: String) {
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { return nil }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }
    }

    let path: String
    /// The kernel's number; negative: none.
    var watch: Int32 = -1
    /// What is watched.
    var identity: Identity?
    var degraded: String?
    /// What to say with the next signal; nil: nothing.
    private(set) var news: WatchSignal?
    /// Names that were made or written to here and not closed since.
    private var open: [[UInt8]: ArrivalSign] = [:]

    init(path: String) {
        self.path = path
    }

    /// Somebody should look.
    mutating func call(overflow: Bool = false) {
        var signal = news ?? WatchSignal(root: 0)
        signal.isUrgent = true
        if overflow {
            signal.hasOverflowed = true
            // A close may be among what was lost: nothing is known of any writer.
            signal.signs = [:]
            open = [:]
        }
        news = signal
    }

    /// The watch is gone, and with it what was known.
    mutating func lose(_ reason: String) {
        watch = -1
        identity = nil
        degraded = reason
        open = [:]
        call()
    }

    /// Takes in an event about a name.
    mutating func take(_ mask: UInt32, _ name: [UInt8]) {
        if FileName.isIgnored(name) { return }
        if mask & UInt32(IN_CLOSE_WRITE | IN_MOVED_TO) != 0 {
            open[name] = nil
            note(name, .complete, isUrgent: true)
        } else if mask & UInt32(IN_CREATE) != 0 {
            open[name] = .created
            note(name, .created, isUrgent: true)
        } else if mask & UInt32(IN_MODIFY) != 0 {
            // Said once per writer: a long copy is no news.
            guard open[name] != .beingWritten else { return }
            open[name] = .beingWritten
            note(name, .beingWritten, isUrgent: false)
        } else if mask & UInt32(IN_DELETE | IN_MOVED_FROM) != 0 {
            open[name] = nil
            news?.signs[name] = nil
        }
    }

    private mutating func note(_ name: [UInt8], _ sign: ArrivalSign, isUrgent: Bool) {
        var signal = news ?? WatchSignal(root: 0, isUrgent: false)
        signal.signs[name] = sign
        signal.isUrgent = signal.isUrgent || isUrgent
        news = signal
    }

    /// What there is to say, said.
    mutating func takeNews(root: Int) -> WatchSignal? {
        guard var signal = news else { return nil }
        news = nil
        signal.root = root
        signal.degraded = degraded
        return signal
    }
}

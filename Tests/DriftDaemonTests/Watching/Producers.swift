import DriftIntake
import Foundation
import Glibc

/// Producers that behave as badly as they may: what they wrote is known, so that it can be looked for afterwards.
struct Producer {
    /// What became of the contents that one producer wrote.
    struct Deliveries {
        /// Contents that were whole in the directory and touched by nobody afterwards: the ledger must have them.
        var sure: Set<String> = []
        /// Contents that were whole in the directory for a while.
        var possible: Set<String> = []
        /// Operations done.
        var operations = 0

        mutating func merge(_ other: Deliveries) {
            sure.formUnion(other.sure)
            possible.formUnion(other.possible)
            operations += other.operations
        }
    }

    let number: Int
    let incoming: String
    /// A directory that nobody watches.
    let scratch: String
    private var random: SplitMix
    private var count = 0
    private(set) var deliveries = Deliveries()

    init(number: Int, incoming: String, scratch: String, seed: UInt64) {
        self.number = number
        self.scratch = scratch
        self.incoming = incoming
        random = SplitMix(seed: seed &+ UInt64(number) &* 1_000_003)
    }

    /// A file's content; no two are the same.
    private mutating func content() -> String {
        count += 1
        let rows = (0...random.below(4)).map { row in
            "c\(number)-\(random.below(40)),purchase,2026-0\(1 + random.below(9))-1\(row) 1\(random.below(10)):00:00,"
                + "p\(number)n\(count)r\(row),\(1 + random.below(90))"
        }
        return CrashTests.day("", rows)
    }

    private func sha256(of text: String) -> String {
        let scratch = "\(scratch)/content-\(number)"
        return (try? Data(text.utf8).write(to: URL(filePath: scratch))).flatMap {
            try? FileHash.sha256(path: scratch)
        } ?? ""
    }

    private func path(_ name: String) -> String { incoming + "/" + name }

    private func write(_ text: String, _ name: String) {
        let file = unsafe open(path(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        // In pieces, with others' turns in between: a reader must not see the first without the last.
        for piece in stride(from: 0, to: text.utf8.count, by: 23) {
            let bytes = Array(text.utf8.dropFirst(piece).prefix(23))
            _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            sched_yield()
        }
        close(file)
    }

    mutating func act() {
        deliveries.operations += 1
        let text = content()
        let sha256 = sha256(of: text)
        let own = "p\(number)-\(count).csv"
        let shared = "shared-\(random.below(5)).csv"
        let hidden = ".p\(number)-\(count).tmp"
        switch random.below(10) {
        case 0, 1, 2:
            write(text, hidden)
            if unsafe rename(path(hidden), path(own)) == 0 { deliveries.sure.insert(sha256) }
        case 3:
            write(text, own)
            deliveries.sure.insert(sha256)
        case 4:
            // Over whatever is there: what was there may or may not have been taken.
            write(text, hidden)
            if unsafe rename(path(hidden), path(shared)) == 0 { deliveries.possible.insert(sha256) }
        case 5:
            // A second name, and the first one gone or left.
            write(text, hidden)
            if unsafe link(path(hidden), path(own)) == 0 { deliveries.sure.insert(sha256) }
            if random.below(2) == 0 { _ = unsafe unlink(path(hidden)) }
        case 6:
            write(text, own)
            deliveries.possible.insert(sha256)
            _ = unsafe unlink(path(own))
        case 7:
            // Taken away again under an ignored name, then back.
            write(text, hidden)
            _ = unsafe rename(path(hidden), path(own))
            _ = unsafe rename(path(own), path(hidden))
            _ = unsafe rename(path(hidden), path(own))
            deliveries.sure.insert(sha256)
        case 8:
            // The same content twice.
            write(text, own)
            write(text, "again-" + own)
            deliveries.sure.insert(sha256)
        default: oddity(own)
        }
    }

    private mutating func oddity(_ name: String) {
        switch random.below(4) {
        case 0: _ = unsafe mkfifo(path(name), 0o600)
        case 1: _ = unsafe symlink("/etc/passwd", path(name))
        case 2: _ = unsafe mkdir(path(name), 0o700)
        default:
            _ = unsafe mkfifo(path(name), 0o600)
            _ = unsafe unlink(path(name))
        }
    }
}

/// Small and good enough to draw test cases.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }
}

internal import Glibc

/// A socket that sends datagrams to one Unix address and never waits.
///
/// libsystemd's `sd_notify` blocks while the receiver's queue is full, and a daemon that waits for a stalled
/// manager is a stalled daemon; the protocol itself is one datagram of text (`man 3 sd_notify`).
struct DatagramSocket: ~Copyable {
    enum SendResult: Hashable { case sent, wouldBlock, failed }

    private let descriptor: Int32
    private let address: [UInt8]

    /// - Parameter address: A path, or `@` and a name in the abstract namespace.
    /// - Returns: nil when the address is no Unix address or no socket can be had.
    init?(address text: String) {
        let path = Array(text.utf8)
        let pathBytesMax = MemoryLayout<sockaddr_un>.size - MemoryLayout<sa_family_t>.size
        guard let first = path.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"), path.count > 1,
            path.count < pathBytesMax
        else { return nil }
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        var bytes = unsafe withUnsafeBytes(of: sa_family_t(AF_UNIX)) { unsafe Array($0) }
        // An abstract name has a leading NUL and no trailing one; a path is the other way round.
        bytes += first == UInt8(ascii: "@") ? [0] + path.dropFirst() : path + [0]
        self.address = bytes
    }

    /// Sends one datagram, or says why not; never blocks, never raises SIGPIPE.
    func send(_ message: [UInt8]) -> SendResult {
        while true {
            let count = unsafe message.withUnsafeBytes { payload in
                unsafe address.withUnsafeBytes { name in
                    unsafe sendto(
                        descriptor, payload.baseAddress, payload.count, Int32(MSG_NOSIGNAL),
                        name.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(name.count))
                }
            }
            if count >= 0 { return .sent }
            if errno == EINTR { continue }
            return errno == EAGAIN || errno == ENOBUFS ? .wouldBlock : .failed
        }
    }

    deinit { close(descriptor) }
}

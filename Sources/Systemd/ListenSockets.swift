internal import Glibc

/// Sockets that the service manager opened for us (socket activation).
public struct ListenSockets: Sendable {
    /// One of them, with the name the unit gave it.
    public struct Socket: Hashable, Sendable {
        /// `FileDescriptorName=` of the socket unit; "unknown" when none was given.
        public var name: String
        public var descriptor: Int32

        public init(name: String, descriptor: Int32) {
            self.name = name
            self.descriptor = descriptor
        }
    }

    /// In the order in which the manager passed them.
    public let sockets: [Socket]

    /// Reads `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES`, and closes the descriptors to children.
    /// - Parameter closeOnExec: For tests, which pass no real descriptors; nil: `FD_CLOEXEC` is set.
    public init(
        environment: [String: String], processID: Int32,
        closeOnExec: ((Int32) -> Void)? = nil
    ) {
        let firstDescriptor: Int32 = 3
        guard environment["LISTEN_PID"] == String(processID),
            let count = environment["LISTEN_FDS"].flatMap(Int32.init), count > 0, count <= 64
        else {
            sockets = []
            return
        }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        sockets = (0..<count).map { index in
            let name = Int(index) < names.count && !names[Int(index)].isEmpty ? String(names[Int(index)]) : "unknown"
            return Socket(name: name, descriptor: firstDescriptor + index)
        }
        for socket in sockets {
            if let closeOnExec {
                closeOnExec(socket.descriptor)
            } else {
                _ = fcntl(socket.descriptor, F_SETFD, FD_CLOEXEC)
            }
        }
    }
}

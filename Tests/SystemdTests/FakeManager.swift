import Glibc

/// A service manager's notification socket: bound in a directory of its own, read without waiting.
final class FakeManager {
    let directory: String
    let path: String
    private let descriptor: Int32

    init() throws {
        var template = Array("/tmp/segdrift-notify-XXXXXX".utf8CString)
        directory = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe mkdtemp(buffer.baseAddress!)
            return unsafe String(cString: buffer.baseAddress!)
        }
        path = directory + "/notify"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let result = unsafe withUnsafeBytes(of: &address) { buffer in
            unsafe bind(
                descriptor, buffer.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(buffer.count))
        }
        guard result == 0 else { throw BindError() }
    }

    struct BindError: Error {}

    var environment: [String: String] { ["NOTIFY_SOCKET": path] }

    /// The next datagram; nil when there is none.
    func receive() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    func receiveAll() -> [String] {
        var all: [String] = []
        while let next = receive() { all.append(next) }
        return all
    }

    deinit {
        close(descriptor)
        unsafe unlink(path)
        unsafe rmdir(directory)
    }
}

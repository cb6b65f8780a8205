internal import Foundation
internal import Glibc
public import Systemd

/// Reads secrets where the configuration says they are, anew for each attempt: a rotated file is used at once, and
/// none stays in memory longer than it is needed.
public struct SecretSource: Sendable {
    private let credentials: Credentials

    public init(credentials: Credentials) {
        self.credentials = credentials
    }

    /// Why a secret could not be had; never holds the secret.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// The bytes of a secret.
    func read(_ reference: SecretReference) throws(Failure) -> [UInt8] {
        switch reference {
        case .credential(let name):
            do throws(CredentialError) {
                return try credentials.read(name)
            } catch {
                throw Failure(description: error.description)
            }
        case .file(let path): return try read(path: path)
        }
    }

    private func read(path: String) throws(Failure) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw Failure(
                description: "the secret \(path) cannot be opened: \(unsafe String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Credentials.bytesMax + 1)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0, count <= Credentials.bytesMax else {
            throw Failure(description: "the secret \(path) is empty or no file of at most 64 KiB")
        }
        bytes.removeLast(bytes.count - count)
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return bytes
    }
}

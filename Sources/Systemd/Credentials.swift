internal import Glibc

/// Why a secret could not be had. Never holds the secret itself.
public struct CredentialError: Error, Hashable, Sendable, CustomStringConvertible {
    public var name: String
    public var message: String
    /// What to do about it.
    public var hint: String

    public init(name: String, message: String, hint: String) {
        self.name = name
        self.message = message
        self.hint = hint
    }

    public var description: String { "credential '\(name)': \(message) (\(hint))" }
}

/// The secrets that systemd hands to the service (`LoadCredential=`): files in `$CREDENTIALS_DIRECTORY`.
public struct Credentials: Sendable {
    /// Larger than any key or token; what is larger is a mistake.
    public static let bytesMax = 64 * 1024

    private let directory: String?

    public init(environment: [String: String]) {
        directory = environment["CREDENTIALS_DIRECTORY"]
    }

    /// The bytes of one secret; a line break at the very end, which editors add, is not part of it.
    /// - Throws: ``CredentialError`` when there is no such credential, or it is empty or too large.
    public func read(_ name: String) throws(CredentialError) -> [UInt8] {
        let hint = "add LoadCredential=\(name):/etc/segdrift/credentials/\(name) to the unit"
        guard !name.isEmpty, !name.contains("/"), name != ".", name != ".." else {
            throw CredentialError(name: name, message: "is not a credential's name", hint: "use a plain file name")
        }
        guard let directory else {
            throw CredentialError(name: name, message: "the service was given no credentials", hint: hint)
        }
        let descriptor = unsafe open("\(directory)/\(name)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw CredentialError(name: name, message: "cannot be opened: \(errorText(errno))", hint: hint)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax + 1)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else {
            throw CredentialError(name: name, message: "cannot be read: \(errorText(errno))", hint: hint)
        }
        guard count <= Self.bytesMax else {
            throw CredentialError(name: name, message: "is larger than 64 KiB", hint: "is it the right file?")
        }
        bytes.removeLast(bytes.count - count)
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard !bytes.isEmpty else {
            throw CredentialError(name: name, message: "is empty", hint: "is it the right file?")
        }
        return bytes
    }
}

/// The words for an errno.
func errorText(_ code: Int32) -> String {
    unsafe String(cString: strerror(code))
}

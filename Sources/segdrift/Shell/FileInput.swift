import Glibc

/// Reads small files.
enum FileInput {
    /// The whole file as text.
    /// - Parameter noun: What the file is, for the message: "configuration".
    static func text(_ path: String, noun: String, hint: String? = nil) throws(Failure) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, noun, hint) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 { throw unreadable(path, noun, hint) }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(ExitStatus.needsPerson, "\(path): the \(noun) is not UTF-8", hint: "save it as UTF-8")
        }
        return text
    }

    private static func unreadable(_ path: String, _ noun: String, _ hint: String?) -> Failure {
        let reason = Terminal.systemMessage(errno)
        return Failure(ExitStatus.needsPerson, "\(path): cannot read the \(noun): \(reason)", hint: hint)
    }
}

import DriftAnalytics
import Glibc

/// Standard output and error, and what kind of place they lead to.
enum Terminal {
    static var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var isInputTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Columns of the terminal on standard output; nil when it leads to a file or a pipe.
    static var width: Int? {
        if let columns = environment("COLUMNS").flatMap(Int.init), columns > 0 { return columns }
        guard isOutputTerminal else { return nil }
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Columns of the terminal on standard error; nil when it leads elsewhere.
    static var errorWidth: Int? {
        var size = winsize()
        guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Colours on a terminal, unless it cannot or somebody does not want them (no-color.org).
    static func style(noColor: Bool) -> TextStyle {
        let refused = noColor || !(environment("NO_COLOR") ?? "").isEmpty || environment("TERM") == "dumb"
        return TextStyle(isEnabled: isOutputTerminal && !refused)
    }

    /// Who sits at it; the number where it has no name.
    static var userName: String {
        if let name = environment("SUDO_USER") ?? environment("USER"), !name.isEmpty { return name }
        guard let entry = unsafe getpwuid(getuid()) else { return "\(getuid())" }
        return unsafe String(cString: entry.pointee.pw_name)
    }

    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// Writes to standard output, all of it.
    static func write(_ text: String) throws(Failure) {
        try write(Array(text.utf8), to: STDOUT_FILENO)
    }

    static func line(_ text: String = "") throws(Failure) { try write(text + "\n") }

    /// One line per line of the message on standard error, the hint after the last.
    static func complain(_ message: String, hint: String? = nil) {
        let lines = ("segdrift: " + message + (hint.map { " (\($0))" } ?? "")).split(separator: "\n")
        let prefix = isErrorJournal ? "<3>" : ""
        // Nothing can be done if even this fails.
        try? write(Array(lines.map { "\(prefix)\($0)\n" }.joined().utf8), to: STDERR_FILENO)
    }

    /// Whether standard error is a stream of the journal's, which reads each line's priority from its beginning.
    private static var isErrorJournal: Bool {
        var status = stat()
        guard let stream = environment("JOURNAL_STREAM"), unsafe fstat(STDERR_FILENO, &status) == 0 else {
            return false
        }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(Failure) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress! + written, buffer.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw Failure(ExitStatus.failed, "cannot write the output: \(systemMessage(errno))")
            }
        }
    }

    /// The system's words for an `errno`.
    static func systemMessage(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

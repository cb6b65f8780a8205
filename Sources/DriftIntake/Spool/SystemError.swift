import Glibc

/// Error numbers of system calls, for people.
enum SystemError {
    /// In the system's words.
    static func text(_ number: Int32) -> String {
        unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    }
}

import Glibc

/// How a person calls this executable from where they are.
enum OwnPath {
    /// `segdrift` when that is what `PATH` finds; else the path, relative when it lies below the current directory.
    static var command: String {
        guard let own = resolved("/proc/self/exe") else { return "segdrift" }
        let places = (Terminal.environment("PATH") ?? "").split(separator: ":")
        if places.contains(where: { resolved("\($0)/segdrift") == own }) { return "segdrift" }
        if let current = resolved("."), own.hasPrefix(current + "/") { return String(own.dropFirst(current.count + 1)) }
        return own
    }

    /// The path without symbolic links; nil when there is nothing.
    private static func resolved(_ path: String) -> String? {
        guard let text = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }
}

/// Which `Host` a request may name: without this, any web page could reach the loopback server through a name
/// of its own (DNS rebinding).
public struct HostPolicy: Hashable, Sendable {
    /// Names accepted besides the loopback ones, in lower case.
    public let allowed: Set<String>

    /// - Parameter allowHosts: Host names, without ports.
    public init(allowHosts: [String] = []) {
        allowed = Set(allowHosts.map { $0.lowercased() })
    }

    /// - Parameter authority: The `Host` header: a name or address, maybe with a port; nil: none was sent.
    public func accepts(_ authority: String?) -> Bool {
        guard let authority, let host = HostPolicy.host(of: authority.lowercased()) else { return false }
        return host == "localhost" || host == "::1" || HostPolicy.isLoopbackIPv4(host) || allowed.contains(host)
    }

    /// Without port and brackets; nil when malformed.
    private static func host(of authority: String) -> String? {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            let port = authority[authority.index(after: end)...]
            guard port.isEmpty || isPort(port) else { return nil }
            return String(authority[authority.index(after: authority.startIndex)..<end])
        }
        guard let colon = authority.firstIndex(of: ":") else { return authority.isEmpty ? nil : authority }
        return isPort(authority[colon...]) ? String(authority[..<colon]) : nil
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.hasPrefix(":") && text.dropFirst().utf8.allSatisfy { (48...57).contains($0) } && text.count > 1
    }

    private static func isLoopbackIPv4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { UInt8($0) != nil && $0.utf8.allSatisfy { (48...57).contains($0) } }
    }
}

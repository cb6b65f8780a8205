internal import Dispatch
internal import Glibc

/// Turns a host's name into addresses.
public protocol NameResolver: Sendable {
    /// - Returns: All addresses, in the order in which they should be tried; empty: there is none.
    func addresses(of host: String) async -> [NetworkAddress]
}

/// The system's resolver, asked on a thread of its own because it blocks.
public struct SystemResolver: NameResolver {
    private static let queue = DispatchQueue(label: "segdrift.names", attributes: .concurrent)

    public init() {}

    /// Asks `getaddrinfo`.
    public func addresses(of host: String) async -> [NetworkAddress] {
        await withCheckedContinuation { answer in
            Self.queue.async { answer.resume(returning: Self.ask(host)) }
        }
    }

    private static func ask(_ host: String) -> [NetworkAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, nil, &hints, &first) == 0 else { return [] }
        defer { unsafe freeaddrinfo(first) }
        var found: [NetworkAddress] = []
        var entry = unsafe first
        while let info = unsafe entry {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let code = unsafe getnameinfo(
                info.pointee.ai_addr, info.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            let bytes = text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
            if code == 0, let address = NetworkAddress(String(decoding: bytes, as: UTF8.self)),
                !found.contains(address)
            {
                found.append(address)
            }
            unsafe entry = info.pointee.ai_next
        }
        return found
    }
}

internal import Glibc

/// An address a name led to, as bytes: 4 of IPv4 or 16 of IPv6.
public struct NetworkAddress: Hashable, Sendable, CustomStringConvertible {
    public var bytes: [UInt8]
    /// In the notation people use.
    public var description: String

    /// - Parameter text: An address in dotted decimal or IPv6 notation; nil when it is neither.
    public init?(_ text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if unsafe inet_pton(AF_INET, text, &v4) == 1 {
            bytes = unsafe withUnsafeBytes(of: &v4) { unsafe Array($0) }
        } else if unsafe inet_pton(AF_INET6, text, &v6) == 1 {
            bytes = unsafe withUnsafeBytes(of: &v6) { unsafe Array($0) }
        } else {
            return nil
        }
        description = text
    }

    /// IPv4 behind IPv6's mapped and translated forms counts as what it leads to.
    var effective: [UInt8] {
        guard bytes.count == 16 else { return bytes }
        let mapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        let translated = bytes[..<12].elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
        let sixToFour = bytes[0] == 0x20 && bytes[1] == 0x02
        if mapped || translated { return Array(bytes[12...]) }
        return sixToFour ? Array(bytes[2..<6]) : bytes
    }
}

/// Which addresses alerts may be sent to: the metadata services of clouds never, private networks only where the
/// configuration says so by writing the address itself, `localhost`, or `private: true`.
///
/// Names are resolved once per attempt, every address is checked, and the connection is made to the one that was
/// checked: a name that answers differently a second later changes nothing.
public struct AddressGuard: Hashable, Sendable {
    /// Whether a name may lead to a private network.
    public var allowsPrivate: Bool

    public init(allowsPrivate: Bool) {
        self.allowsPrivate = allowsPrivate
    }

    /// Why an address must not be connected to; nil: it may be.
    /// - Parameter host: As the configuration writes it, without brackets.
    public func objection(to address: NetworkAddress, host: String) -> String? {
        switch Self.kind(of: address.effective) {
        case .ordinary: return nil
        case .forbidden: return "\(host) leads to \(address), which no alert may be sent to"
        case .private:
            if allowsPrivate || Self.isWrittenOut(host) { return nil }
            return "\(host) leads to \(address) in a private network; write 'private: true' if that is meant"
        }
    }

    /// `localhost`, or the address itself in its plain notation: whoever wrote that meant it.
    static func isWrittenOut(_ host: String) -> Bool {
        if host.lowercased() == "localhost" { return true }
        guard let address = NetworkAddress(host) else { return false }
        return address.bytes.count == 4 || address.effective.count == 16
    }

    enum Kind: Hashable { case ordinary, `private`, forbidden }

    /// Source: IANA special-purpose address registries (RFC 6890 and its updates).
    static func kind(of bytes: [UInt8]) -> Kind {
        if bytes.count == 16 {
            if bytes[..<15].allSatisfy({ $0 == 0 }) { return bytes[15] == 1 ? .private : .forbidden }
            if bytes[0] == 0xFF || (bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80) { return .forbidden }
            if bytes[0] & 0xFE == 0xFC || (bytes[0] == 0xFE && bytes[1] & 0xC0 == 0xC0) { return .private }
            return .ordinary
        }
        switch (bytes[0], bytes[1]) {
        case (0, _), (169, 254), (224..., _): return .forbidden
        case (192, 0) where bytes[2] == 0: return .forbidden
        case (127, _), (10, _), (192, 168), (172, 16...31), (100, 64...127), (198, 18...19): return .private
        default: return .ordinary
        }
    }
}

internal import Crypto

/// What a destination may call customers.
public struct CustomerNaming: Sendable {
    /// For everyone but those who may know: the same customer has the same hash on this installation only.
    public var key: [UInt8]

    /// - Parameter key: Secret of this installation, at least 16 random bytes.
    public init(key: [UInt8]) {
        self.key = key
    }

    /// The name as the destination may know it; nil: not at all.
    public func name(_ customer: String, detail: CustomerDetail) -> String? {
        switch detail {
        case .full: customer
        case .hashed: hash(customer)
        case .none: nil
        }
    }

    /// `#` and the first 16 hexadecimal digits of HMAC-SHA-256.
    public func hash(_ customer: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array(customer.utf8), using: SymmetricKey(data: key))
        return "#" + Hexadecimal.text(code.prefix(8))
    }
}

enum Hexadecimal {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

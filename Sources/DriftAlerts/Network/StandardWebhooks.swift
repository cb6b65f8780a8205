internal import Crypto
internal import Foundation

/// Signatures of the Standard Webhooks specification (symmetric, `v1`).
///
/// `webhook-signature: v1,<base64 of HMAC-SHA-256 over "id.timestamp.body">`, one per secret with a space between
/// while a secret rotates. Source: standard-webhooks/standard-webhooks, `spec/standard-webhooks.md`.
public enum StandardWebhooks {
    /// A secret as bytes: `whsec_` and base64, or the bytes themselves.
    public static func key(_ secret: [UInt8]) -> [UInt8] {
        let prefix = Array("whsec_".utf8)
        guard secret.starts(with: prefix) else { return secret }
        return Data(base64Encoded: Data(secret[prefix.count...])).map { [UInt8]($0) } ?? secret
    }

    /// One signature.
    /// - Parameters:
    ///   - id: Without a point.
    ///   - timestamp: Of the attempt, in seconds since 1970.
    public static func signature(id: String, timestamp: Int64, body: [UInt8], key: [UInt8]) -> String {
        var code = HMAC<SHA256>(key: SymmetricKey(data: key))
        code.update(data: Array("\(id).\(timestamp).".utf8))
        code.update(data: body)
        return "v1," + Data(code.finalize()).base64EncodedString()
    }

    /// The headers of an attempt.
    /// - Parameter keys: The current one first; none: unsigned.
    public static func headers(
        id: String, timestamp: Int64, body: [UInt8], keys: [[UInt8]]
    ) -> [OutgoingRequest.Header] {
        var headers = [
            OutgoingRequest.Header("webhook-id", id), OutgoingRequest.Header("webhook-timestamp", String(timestamp)),
        ]
        if !keys.isEmpty {
            let signatures = keys.map { signature(id: id, timestamp: timestamp, body: body, key: $0) }
            headers.append(OutgoingRequest.Header("webhook-signature", signatures.joined(separator: " ")))
        }
        return headers
    }
}

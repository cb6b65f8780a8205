public import DriftModel
public import DriftStore

/// Alerts as HTTP requests with Standard Webhooks headers. The stored bytes are what is signed and sent, on every
/// attempt; the id is the alert's, so a receiver knows a second arrival by it.
public struct WebhookSink: RemoteSink {
    private let url: String
    private let secrets: [SecretReference]
    private let source: SecretSource
    private let transport: any HTTPTransport
    private let timeoutSeconds: Double

    /// - Parameter secrets: The current one first; a second while it rotates; none: unsigned.
    public init(
        url: String, secrets: [SecretReference], source: SecretSource, transport: any HTTPTransport,
        timeoutSeconds: Double
    ) {
        self.url = url
        self.secrets = secrets
        self.source = source
        self.transport = transport
        self.timeoutSeconds = timeoutSeconds
    }

    /// Posts the alert once.
    public func send(_ delivery: DeliveryRow, now: Instant) async -> DeliveryResult {
        var keys: [[UInt8]] = []
        for secret in secrets {
            do throws(SecretSource.Failure) {
                keys.append(StandardWebhooks.key(try source.read(secret)))
            } catch {
                // Unsigned it would be refused at best, believed at worst.
                return .failed(reason: error.description, destinationIsDown: true)
            }
        }
        let headers =
            [OutgoingRequest.Header("Content-Type", "application/cloudevents+json; charset=utf-8")]
            + [OutgoingRequest.Header("User-Agent", "segdrift")]
            + StandardWebhooks.headers(
                id: delivery.alertID, timestamp: now.secondsFloor, body: delivery.body, keys: keys)
        let request = OutgoingRequest(
            url: url, headers: headers, body: delivery.body, timeoutSeconds: timeoutSeconds)
        return HTTPVerdict.of(await transport.post(request), now: now)
    }
}

/// What an answer means for a delivery.
enum HTTPVerdict {
    static func of(_ outcome: HTTPOutcome, now: Instant) -> DeliveryResult {
        switch outcome {
        case .failed(let kind, let reason):
            return .failed(reason: "\(kind.rawValue): \(reason)", destinationIsDown: true)
        case .answered(let status, let retryAfter, let location, let text):
            let said = text.isEmpty ? "" : ": \(text)"
            switch status {
            case 200..<300: return .delivered
            case 300..<400:
                let place = location.map { " to \($0)" } ?? ""
                return .failed(
                    reason: "answered \(status), a redirect\(place), which is not followed; put the new address into "
                        + "'url'", destinationIsDown: true)
            case 410: return .gone(reason: "answered 410 (gone)\(said)")
            case 400, 401, 403, 404, 413, 422: return .rejected(reason: "answered \(status)\(said)")
            default:
                let isDown = status == 408 || status == 425 || status == 429 || status >= 500
                return .failed(
                    reason: "answered \(status)\(said)", destinationIsDown: isDown,
                    retryAfterSeconds: isDown ? RetryAfter.seconds(retryAfter, now: now) : nil)
            }
        }
    }
}

internal import Foundation

/// What the journal and Alertmanager need to know of a stored CloudEvent.
struct EventSummary: Decodable {
    struct Body: Decodable {
        var summary: String
        var rule: String?
        var severity: String?
        var customer: String?
        var segmentation: String?
        var segment: String?
        var from: String?
        var to: String?
        var direction: String?
        var cause: String?
        var source: String?
        var destination: String?
        /// Of a digest.
        var kind: String?
    }

    var id: String
    var type: String
    var data: Body

    init(_ body: [UInt8]) throws {
        self = try JSONDecoder().decode(EventSummary.self, from: Data(body))
    }
}

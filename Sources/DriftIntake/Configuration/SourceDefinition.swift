import Foundation

/// Everything that decided how files of a source were read, kept in the ledger with each file: a later look at the
/// archive reads them in the same way, whatever the configuration says by then.
public struct SourceDefinition: Hashable, Codable, Sendable {
    public var source: SourceConfiguration
    /// Seconds that an event may lie after its file's claim.
    public var futureToleranceSeconds: Int64

    public init(source: SourceConfiguration, futureToleranceSeconds: Int64) {
        self.source = source
        self.futureToleranceSeconds = futureToleranceSeconds
    }

    /// The same value gives the same text.
    public var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A value of numbers and texts has a text: nothing in it can fail to be written.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// - Returns: nil when a release with other settings wrote the text.
    public init?(text: String) {
        guard let value = try? JSONDecoder().decode(SourceDefinition.self, from: Data(text.utf8)) else { return nil }
        self = value
    }
}

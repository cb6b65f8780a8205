import DriftModel
import Foundation
import GRDB

extension Row {
    /// An instant stored as microseconds.
    func instant(_ column: String) -> Instant? {
        (self[column] as Int64?).map(Instant.init(microseconds:))
    }

    /// A blob; empty when NULL.
    func bytes(_ column: String) -> [UInt8] {
        (self[column] as Data?).map { [UInt8]($0) } ?? []
    }

    /// A JSON array of strings that this module wrote; empty when NULL.
    func strings(_ column: String) -> [String] {
        guard let text = self[column] as String?, let data = text.data(using: .utf8) else { return [] }
        return (try? JSONDecoder().decode([String].self, from: data)) ?? []
    }
}

extension [UInt8] {
    /// As GRDB binds a blob.
    var blob: DatabaseValue { Data(self).databaseValue }
}

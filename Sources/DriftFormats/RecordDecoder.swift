/// Bytes in, records out. One conforming type per format.
///
/// A decoder is fed a file's text (decompressed, UTF-8) in chunks of any size; what it finds does not depend
/// on where the chunks end. Memory is bounded by the longest record and one chunk.
public protocol RecordDecoder {
    /// Names of the fields handed out so far, by index; grows with ``FieldSelection/all`` while a file of
    /// objects is read.
    var fieldNames: [String] { get }

    /// All columns of the file in their order; nil before the header was read, and for formats without one.
    var header: [String]? { get }

    /// Reads the next part of the text.
    /// - Parameters:
    ///   - chunk: The next bytes.
    ///   - isLast: Whether the text ends with them.
    ///   - records: Complete records are appended.
    /// - Throws: ``FormatFailure`` when the file as a whole cannot be read.
    mutating func feed(_ chunk: Span<UInt8>, isLast: Bool, into records: inout RawRecords) throws(FormatFailure)
}

/// The formats that can be read.
public enum RecordFormat: String, Hashable, Sendable, CaseIterable {
    case csv, ndjson, json, xml
}

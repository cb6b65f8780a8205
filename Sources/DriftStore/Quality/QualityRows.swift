import Foundation
import GRDB

extension StoreTransaction {
    /// Keeps what the first pass counted; said again, it replaces what was said before.
    func recordFigures(_ fileID: Int64, _ figures: FileFigures) throws {
        var fields = JSONWriter()
        fields.array(figures.fields) { json, field in
            json.raw(UInt8(ascii: "["))
            json.string(field.name)
            json.raw(UInt8(ascii: ","))
            json.integer(field.events)
            json.raw(UInt8(ascii: ","))
            json.integer(field.nulls)
            json.raw(UInt8(ascii: "]"))
        }
        var rejects = JSONWriter()
        rejects.array(figures.rejects) { json, reject in
            json.raw(UInt8(ascii: "["))
            json.string(reject.code)
            json.raw(UInt8(ascii: ","))
            json.integer(reject.records)
            json.raw(UInt8(ascii: "]"))
        }
        try run(
            "INSERT OR REPLACE INTO file_quality (file_id, fields, rejects) VALUES (?, ?, ?)",
            [fileID, fields.text, rejects.text])
    }

    /// Adds how late a chunk's accepted records of a file came.
    public func addDelays(_ fileID: Int64, _ delays: DelaySketch) throws {
        if delays.isEmpty { return }
        var sum = DelaySketch()
        if let known = try row("SELECT delays FROM file_quality WHERE file_id = ?", [fileID]) {
            sum = DelaySketch(bytes: known.bytes("delays"))
        } else {
            try recordFigures(fileID, FileFigures())
        }
        sum.add(delays)
        try run("UPDATE file_quality SET delays = ? WHERE file_id = ?", [sum.bytes.blob, fileID])
    }
}

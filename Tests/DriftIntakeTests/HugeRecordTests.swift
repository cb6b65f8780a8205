import CZstd
import DriftEngine
import DriftModel
import Foundation
import Testing

@testable import DriftFormats
@testable import DriftIntake

/// Records that do not end: a line, a quoted field, a JSON text, an array, an XML attribute, a text, a nesting.
/// 48 MB each, as zstd frames that repeat one megabyte; HugeFileTests have gigabytes.
@Suite(.serialized) struct HugeRecordTests {
    static let megabytes = 48
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    struct Huge: Sendable, CustomTestStringConvertible {
        var name: String
        var format: SourceFormat
        var head: String
        var piece: String
        var tail: String
        /// What the record, or the file, is refused for.
        var code: String
        var testDescription: String { name }
    }

    static let all = [
        Huge(
            name: "a line of CSV", format: .csv, head: "customer,type,at\nC,", piece: "x", tail: ",1\n",
            code: "record_too_long"),
        Huge(
            name: "a quoted field", format: .csv, head: "customer,type,at\nC,\"", piece: "x", tail: "\",1\n",
            code: "record_too_long"),
        Huge(
            name: "a line of columns", format: .csv, head: "customer,type,at\nC", piece: ",", tail: "\n",
            code: "too_many_fields"),
        Huge(name: "a header", format: .csv, head: "customer", piece: "x", tail: ",type,at\n", code: "bad_header"),
        Huge(
            name: "a line of JSON", format: .ndjson, head: "{\"customer\":\"", piece: "x", tail: "\"}\n",
            code: "record_too_long"),
        Huge(
            name: "a JSON text", format: .json, head: "[{\"customer\":\"", piece: "x", tail: "\"}]",
            code: "record_too_long"),
        Huge(
            name: "a nested array", format: .json, head: "[{\"customer\":", piece: "[", tail: "]]",
            code: "record_too_long"),
        Huge(
            name: "an XML attribute", format: .xml, head: "<r><o a=\"", piece: "x", tail: "\"/></r>",
            code: "record_too_long"),
        Huge(
            name: "an XML text", format: .xml, head: "<r><o><a>", piece: "x", tail: "</a></o></r>",
            code: "record_too_long"),
        Huge(
            name: "an XML comment", format: .xml, head: "<r><o><!-- ", piece: "x", tail: "--></o></r>",
            code: "record_too_long"),
        Huge(name: "nested elements", format: .xml, head: "<r><o>", piece: "<a>", tail: "</o></r>", code: "too_deep"),
    ]

    func frame(_ text: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: ZSTD_compressBound(text.count))
        let count = unsafe ZSTD_compress(&output, output.count, text, text.count, 1)
        return Array(output.prefix(count))
    }

    func write(_ huge: Huge) throws -> String {
        let path = scratch.incoming + "/huge"
        try Data(frame(Array(huge.head.utf8))).write(to: URL(fileURLWithPath: path))
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        let piece = Array(huge.piece.utf8)
        let million = frame(Array((0..<(1_000_000 / piece.count)).map { _ in piece }.joined()))
        let hundred = Data((0..<16).flatMap { _ in million })
        for _ in 0..<(Self.megabytes / 16) { try file.write(contentsOf: hundred) }
        try file.write(contentsOf: Data(frame(Array(huge.tail.utf8))))
        try file.close()
        return path
    }

    @Test(arguments: all) func isRefusedWithAPlace(huge: Huge) throws {
        let plan = try Hand.plan(
            scratch.source {
                $0.format = huge.format
                $0.limits.ratio = 1e9
            })
        let path = try write(huge)
        let found = try #require(try FirstPass.run(path: path, plan: plan, context: Hand.context()))
        let codes = [found.failure?.code].compactMap(\.self) + found.quarantinedByCode.map(\.code)
        #expect(
            codes.contains(huge.code), "\(huge.name): \(String(describing: found.failure)) \(found.quarantinedByCode)")
        #expect(found.failure?.byteOffset != nil || !found.examples.isEmpty, "\(huge.name)")
    }

    @Test(arguments: ["gzip", "zstd"]) func aBombIsRefusedWithoutBeingUnfolded(kind: String) throws {
        // A gigabyte of zeros: 970 kB as gzip, 33 kB as zstd.
        let path = scratch.incoming + "/bomb"
        if kind == "gzip" {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", "head -c 1000000000 /dev/zero | gzip -1 > \(path)"]
            try process.run()
            process.waitUntilExit()
        } else {
            let million = frame([UInt8](repeating: 0, count: 1_000_000))
            try Data((0..<1_000).flatMap { _ in million }).write(to: URL(fileURLWithPath: path))
        }
        let plan = try Hand.plan(scratch.source())
        let found = try #require(try FirstPass.run(path: path, plan: plan, context: Hand.context()))
        #expect(found.failure?.code == "too_much_data")
        #expect(found.failure?.byteOffset != nil)
        #expect(found.contentBytes < 4 << 20)
        #expect(found.sha256.count == 64)
    }
}

import DriftModel
import DriftStore

/// Questions about what does not exist are answered with what does, not with an empty table.
extension Database {
    /// - Parameters:
    ///   - segmentation: Of an option; nil: not asked for.
    ///   - segments: Options and what they name; `null` stands for no segment.
    /// - Throws: ``Failure`` naming what the database knows.
    func requireNames(segmentation: String?, segments: [(option: String, value: String?)] = []) throws {
        let asked = segments.compactMap { item in item.value.map { (item.option, $0) } }
        guard segmentation != nil || !asked.isEmpty else { return }
        let known = try reader.segmentNames()
        guard !known.isEmpty else { return }
        if let segmentation {
            try Self.require(
                segmentation, among: Self.unique(known.map(\.segmentation)), "--segmentation: no segmentation")
        }
        let names = known.filter { segmentation == nil || $0.segmentation == segmentation }.map(\.segment)
        for (option, name) in asked where name.lowercased() != "null" {
            try Self.require(name, among: Self.unique(names), "\(option): no segment")
        }
    }

    /// A customer by name.
    /// - Throws: ``Failure`` with names that look alike.
    func requireCustomer(_ name: String) throws -> CustomerDetail {
        if let detail = try reader.customer(named: name) { return detail }
        var stem = name
        while true {
            let close = try reader.customerNames(from: stem, limit: 3)
            if !close.isEmpty {
                let words = stem.isEmpty ? "names look like" : "there is"
                throw Failure(
                    ExitStatus.failed, "there is no customer '\(name)'",
                    hint: "\(words) \(close.joined(separator: ", "))")
            }
            guard !stem.isEmpty else { throw Failure(ExitStatus.failed, "there is no customer '\(name)'") }
            // Less than three characters in common is no likeness.
            stem = stem.count > 3 ? String(stem.dropLast()) : ""
        }
    }

    /// - Throws: ``Failure`` naming the one meant and all there are.
    static func require(_ name: String, among known: [String], _ what: String) throws {
        guard !known.contains(name) else { return }
        let close = DidYouMean.closest(to: name, among: known).map { "did you mean '\($0)'? " } ?? ""
        throw Failure(
            ExitStatus.failed, "\(what) is called '\(name)'", hint: "\(close)there is \(known.joined(separator: ", "))")
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}

extension StoreReader {
    /// - Throws: ``Failure`` when no file of this source ever came, but files of others did.
    func requireSource(_ name: String) throws {
        let known = try query("SELECT DISTINCT source FROM files ORDER BY source").rows.compactMap { row -> String? in
            if case .text(let source) = row[0] { source } else { nil }
        }
        if !known.isEmpty { try Database.require(name, among: known, "--source: no source of a file") }
    }
}

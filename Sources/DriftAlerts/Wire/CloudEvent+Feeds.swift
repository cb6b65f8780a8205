public import DriftModel

extension CloudEvent {
    /// `segdrift.intake.v1`: the files of a source have another form than before.
    public func feed(
        _ facts: FeedFacts, alertID: String, rule: String, severity: Severity, time: Instant
    ) -> [UInt8] {
        func list(_ names: [String]) -> JSONValue { .array(names.map(JSONValue.string)) }
        let renamed = facts.renamed.map { pair in
            JSONValue.object([.init("from", .string(pair.from)), .init("to", .string(pair.to))])
        }
        return envelope(
            alertID, type: "segdrift.intake.v1", subject: facts.source, time: time,
            data: [
                .init("summary", .string(facts.sentence)), .init("rule", .string(rule)),
                .init("severity", .string(severity.rawValue)), .init("source", .string(facts.source)),
                .init("file", .string(facts.file)), .init("form_version", .integer(facts.version)),
                .init("new", list(facts.added)), .init("missing", list(facts.missing)),
                .init("renamed", .array(renamed)), .init("used_by_mapping", list(facts.used)),
            ])
    }
}

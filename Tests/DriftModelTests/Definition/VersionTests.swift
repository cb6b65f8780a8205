import DriftModel
import Testing

@Suite struct Versions {
    private static let base = """
        model: m
        timezone: UTC
        events: {p: {fields: {amount: number}}, q: {}}
        features:
          a: {sum: amount, of: [p], over: 30d}
          b: {count: any}
        segmentations:
          v:
            segments:
              - {id: x, rank: 1, when: "a >= 10 AND b > 0", playbooks: [f]}
              - {id: y, rank: 2, when: a >= 5, playbooks: [g]}
              - {id: z, rank: 3, otherwise: true}
        playbooks: {f: {sales.leads: Call, service.support: Phone}, g: {sales.leads: Write}}
        alerts: [{name: n, on: transition, segmentation: v, to: [x], notify: [ops]}]
        """

    private func replaced(_ old: String, _ new: String) throws -> Model {
        let parts = Self.base.split(separator: old, omittingEmptySubsequences: false)
        try #require(parts.count == 2, "\(old) must stand once")
        return try load(parts.joined(separator: new)).model
    }

    @Test func theVersionIsAHashInHex() throws {
        let model = try load(Self.base).model
        #expect(model.version.count == 64 && model.version.allSatisfy(\.isHexDigit))
        #expect(model.version != model.evaluationVersion)
    }

    @Test(arguments: [
        ("model: m", "# comment\nmodel:   'm'"), ("\"a >= 10 AND b > 0\"", "'a>=1e1  and (b > 0)'"),
        ("{id: y, rank: 2,", "{rank: 2, id: y,"), ("of: [p], over: 30d", "over: 30d, of: p"),
        ("{sales.leads: Call, service.support: Phone}", "{service.support: Phone, sales.leads: Call}"),
        ("to: [x],", "to: x, severity: warning,"), ("{count: any}", "{count: [q, p], over: lifetime}"),
        ("timezone: UTC\n", ""),
    ])
    func whatMeansTheSameHasTheSameVersion(_ old: String, _ new: String) throws {
        let base = try load(Self.base).model
        let other = try replaced(old, new)
        #expect(other.canonical == base.canonical)
        #expect(other.version == base.version)
    }

    @Test(arguments: [
        ("a >= 10", "a >= 11"), ("over: 30d", "over: 31d"), ("timezone: UTC", "timezone: Europe/London"),
        ("{count: any}", "{count: p}"), ("id: z", "id: zz"),
    ])
    func whatDecidesSegmentsChangesBothVersions(_ old: String, _ new: String) throws {
        let base = try load(Self.base).model
        let other = try replaced(old, new)
        #expect(other.version != base.version)
        #expect(other.evaluationVersion != base.evaluationVersion)
    }

    @Test(arguments: [
        ("model: m", "model: m\ntitle: M"), ("rank: 3", "rank: 4"), ("Phone", "Mail"),
        ("notify: [ops]", "notify: [crm]"),
        ("playbooks: [g]", "playbooks: [f]"), ("model: m", "model: m\nvalue: a"),
        ("model: m", "model: m\nalert_age: 3d"),
    ])
    func theRestNeedsNoEvaluation(_ old: String, _ new: String) throws {
        let base = try load(Self.base).model
        let other = try replaced(old, new)
        #expect(other.version != base.version)
        #expect(other.evaluationVersion == base.evaluationVersion)
    }

    @Test func theOrderOfSegmentsIsPartOfIt() throws {
        let segments = ["{id: x, when: b > 1}", "{id: y, when: b < 1}"]
        func version(_ list: [String]) throws -> String {
            let all = (list + ["{id: z, otherwise: true}"]).joined(separator: ", ")
            return try load(small("features: {b: {count: any}}", segments: "[\(all)]")).model.evaluationVersion
        }
        #expect(try version(segments) != version(segments.reversed()))
    }

    @Test func cutOffsArePartOfIt() throws {
        let text = small("features: {a: {count: any}}\nscores: {s: {bands: a, quantiles: 3}}")
        let versions = try [nil, "cuts: {s: {values: [2, 5]}}", "cuts: {s: {values: [2, 6]}}"].map {
            try load(text, cuts: $0).model.evaluationVersion
        }
        #expect(Set(versions).count == 3)
    }
}

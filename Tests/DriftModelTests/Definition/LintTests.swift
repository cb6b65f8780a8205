@testable import DriftModel
import Testing

@Suite struct ModelLint {
    private static let head = """
        model: m
        events: {p: {}}
        features: {a: {count: p}, b: {count: p, over: 30d}}

        """

    private func warnings(_ text: String) -> [String] { complaints(Self.head + text).filter { $0.contains("warning") } }

    @Test func tooManySegmentsAreAWarning() {
        let many = (1...3).map { "{id: s\($0), when: a = \($0)}" }.joined(separator: ", ")
        let found = warnings("max_segments: 3\nsegmentations: {v: {segments: [\(many), {id: z, otherwise: true}]}}")
        #expect(
            found[0]
                == "m.yaml:5:17: warning: segmentation 'v' has 4 segments, more than 3 "
                + "(few segments get used; merge some, or raise max_segments)")
    }

    @Test func playbooksTellSegmentsApart() {
        let found = warnings(
            """
            segmentations:
              v:
                segments:
                  - {id: x, when: a > 3, playbooks: [f, g]}
                  - {id: y, when: a > 2, playbooks: [g, f]}
                  - {id: z, otherwise: true}
            playbooks: {f: {sales.leads: Call}, g: {sales.scripts: Ask}, h: {sales.leads: Call}}
            """)
        #expect(
            found == [
                "m.yaml:8:9: warning: segments 'x' and 'y' have the same playbooks (treat them differently, or merge them)",
                "m.yaml:9:9: warning: segment 'z' has no playbook: nothing is done differently for it "
                    + "(name one, or merge the segment)",
                "m.yaml:10:1: warning: no playbook says anything about product.specification, product.pricing, "
                    + "product.packaging, marketing.advertising, marketing.sales_material, marketing.brand, "
                    + "sales.channel, sales.outlets, sales.upsell, fulfilment.delivery, service.support and "
                    + "service.product_support",
                "m.yaml:10:1: warning: no segment uses playbook 'h'",
            ])
    }

    @Test func aStayThatAsksNoLessIsAWarning() {
        let found = warnings(
            "segmentations: {v: {segments: [{id: x, when: a > 3, stay: b > 1 AND a > 3}, {id: z, otherwise: true}]}}")
        #expect(found.contains { $0.contains("'stay' of segment 'x' asks no less than its 'when'") })
    }

    @Test(arguments: [
        ("a > 1 AND b > 1", ["a > 1", "b > 1"]), ("a > 1 OR b > 1 AND a < 9", ["a > 1 OR b > 1 AND a < 9"]),
        ("a BETWEEN 1 AND 2 AND b > 1", ["a BETWEEN 1 AND 2", "b > 1"]),
        ("c = 'x AND y' AND (a > 1 OR b > 1)", ["c = 'x AND y'", "( a > 1 OR b > 1 )"]),
        ("CASE WHEN a > 1 AND b > 1 THEN TRUE END", ["CASE WHEN a > 1 AND b > 1 THEN TRUE END"]),
    ])
    func aConjunctionIsTakenApart(_ text: String, _ parts: [String]) {
        #expect(conjuncts(ofCanonical: text) == Set(parts))
    }
}

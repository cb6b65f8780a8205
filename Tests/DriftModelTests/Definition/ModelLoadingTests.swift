import DriftModel
import Testing

@Suite struct ModelLoading {
    @Test func featuresComeInFileOrderAsFarAsDependenciesAllow() throws {
        let model = try load(
            small(
                """
                features:
                  late: {expr: middle + 1}
                  first: {count: any}
                  middle: {expr: first * 2}
                  last: {count: visit}
                """)
        ).model
        #expect(model.features.map(\.name) == ["first", "middle", "late", "last"])
        #expect(model.features.map(\.dependencies) == [[], [0], [1], []])
    }

    @Test func scoresMayBeReadByFeatures() throws {
        let model = try load(
            small(
                """
                features:
                  twice: {expr: s * 2}
                  n: {count: any}
                scores:
                  s: {bands: n, cuts: [1, 2]}
                """)
        ).model
        #expect(model.features.map(\.name) == ["n", "s", "twice"])
        #expect(model.features.map(\.isScore) == [false, true, false])
    }

    @Test func typesOfFeaturesAreInferred() throws {
        let model = try load(
            small(
                """
                attributes: {city: text, born: date}
                features:
                  n: {count: any}
                  where_from: {attribute: city}
                  last_invoice: {last: invoice, of: purchase}
                  age: {years_since: born}
                  big: {expr: n > 3}
                  label: {expr: "CASE WHEN big THEN 'x' ELSE where_from END"}
                """)
        ).model
        #expect(model.features.map(\.type) == [.number, .text, .text, .number, .boolean, .text])
    }

    @Test func selectionsAreSortedAndWindowsAreTicks() throws {
        let blocks = """
            grain: hour
            features:
              a: {count: [visit, purchase], over: 2d}
              b: {count: any, over: 36h}
              c: {sum: amount, of: purchase}
            """
        let features = try load(small(blocks)).model.features
        #expect(features.map { $0.kind.selection?.types } == [[0, 2], [0, 1, 2], [0]])
        #expect(features.map { $0.kind.selection?.windowTicks } == [48, 36, nil])
    }

    @Test func daysSinceIsAboutEventsOrAnAttribute() throws {
        let blocks = """
            attributes: {ends: date, last: date}
            features:
              a: {days_since: first, of: visit}
              b: {days_since: ends}
              c: {days_since: last}
            """
        let kinds = try load(small(blocks)).model.features.map { feature -> String in
            switch feature.kind {
            case .sinceEvent(_, let end, let unit): "\(unit) since \(end)"
            case .sinceAttribute(let index): "since attribute \(index)"
            default: "?"
            }
        }
        #expect(kinds == ["days since first", "since attribute 0", "since attribute 1"])
    }

    @Test func theFilterSeesTheTypeOfTheEvent() throws {
        let model = try load(small("features: {a: {count: any, where: \"type = 'visit' OR  amount>1\"}}")).model
        #expect(model.features[0].kind.selection?.filterText == "type = 'visit' OR amount > 1")
    }

    @Test(arguments: [
        ("features: {a: {count: any, over: 7d}}", 30), ("features: {a: {count: any, over: 90d}}", 90),
        ("features: {a: {count: any, over: 7d}, b: {count: visit}}", 400), ("dedupe: 3d", 3), ("grain: hour", 720),
    ])
    func idsAreKeptAsLongAsTheyMatter(_ blocks: String, _ ticks: Int32) throws {
        #expect(try load(small(blocks)).model.dedupeTicks == ticks)
    }

    @Test func conditionsKeepTheirTextAndReadFeaturesByIndex() throws {
        let model = try load(
            small(
                """
                features: {a: {count: visit}, b: {count: any}}
                population: {customer: 'b>=1'}
                """, segments: "[{id: x, rank: 1, when: \"a > 1\", stay: a > 0}, {id: y, rank: 2, otherwise: true}]")
        ).model
        #expect(model.population?.text == "b>=1")
        #expect(model.population?.canonical == "b >= 1")
        #expect(model.population?.inputs == [1])
        let segments = model.segmentations[0].segments
        #expect(segments.map { $0.when?.inputs } == [[0], nil])
        #expect(segments.map { $0.stay?.text } == ["a > 0", nil])
        #expect(segments.map(\.rank) == [1, 2])
    }

    @Test func nullStandsForThoseWhoAreNoCustomers() throws {
        let model = try load(
            small(
                """
                features: {a: {count: visit}}
                alerts:
                  - {name: new, on: transition, segmentation: value, from: null, to: [x, y], notify: ops}
                  - {name: lost, on: flow, segmentation: value, from: x, to: null, notify: [ops]}
                """, segments: "[{id: x, when: a > 1}, {id: y, otherwise: true}]")
        ).model
        guard case .transition(let first) = model.alerts[0].kind, case .flow(let second) = model.alerts[1].kind else {
            Issue.record("other kinds of rules")
            return
        }
        #expect(first.match.from == [.null])
        #expect(first.match.to == [.segment(0), .segment(1)])
        #expect(second.from == .segment(0) && second.to == .null)
        #expect(model.alerts.map(\.line) == [8, 9])
    }

    @Test func whatARuleLeavesOutHasADefault() throws {
        let model = try load(
            small("alerts: [{name: a, on: transition, segmentation: value, group_by: from, notify: [ops]}]")
        ).model
        guard case .transition(let rule) = model.alerts[0].kind else {
            Issue.record("another kind of rule")
            return
        }
        #expect(model.alerts[0].severity == .warning)
        #expect(rule.match.from == nil && rule.match.direction == nil && rule.when == nil)
        #expect(rule.dwellSeconds == 0 && rule.cooldownSeconds == 0 && rule.groupWaitSeconds == 30)
        #expect(rule.groupIntervalSeconds == 300)
        #expect(model.alertAgeSeconds == 172_800)
    }

    @Test func centroidsAreTheSegmentsInTheirOrder() throws {
        let model = try load(
            """
            model: m
            events: {p: {}}
            features: {a: {count: p}, b: {count: p, over: 30d}}
            segmentations:
              v:
                segments: [{id: y, title: Yes, rank: 1}]
                nearest:
                  inputs: {b: {mean: 1, scale: 2}, a: {mean: 0, scale: 1}}
                  centroids: {x: [1, 2], y: [3, 4]}
            """
        ).model
        let segmentation = model.segmentations[0]
        #expect(segmentation.segments.map(\.id) == ["x", "y"])
        #expect(segmentation.segments.map(\.title) == [nil, "Yes"])
        #expect(segmentation.nearest?.inputs.map(\.feature) == [1, 0])
        #expect(segmentation.nearest?.centroids == [[1, 2], [3, 4]])
    }

    @Test func quantilesWaitForTheirCutOffs() throws {
        let text = small("features: {a: {count: any}}\nscores: {s: {bands: a, quantiles: 3}}")
        #expect(complaints(text).contains { $0.contains("score 's' has no cut-offs yet") })
        let cuts = "model: small\nas_of: 2026-01-31\ncuts: {s: {n: 10, values: [2, 5], empty_levels: []}}"
        let loaded = try load(text, cuts: cuts)
        #expect(loaded.warnings.allSatisfy { !$0.message.contains("cut-offs") })
        guard case .quantileBands(_, let bands, let frozen, _) = loaded.model.features[1].kind else {
            Issue.record("another kind of score")
            return
        }
        #expect(bands == 3 && frozen == [2, 5])
        #expect(loaded.model.cuts == ["s": [2, 5]])
    }

    @Test func cutOffsMustFitTheirBands() {
        let text = small("features: {a: {count: any}}\nscores: {s: {bands: a, quantiles: 4}}")
        #expect(
            errors(text, cuts: "cuts: {s: {values: [2, 1]}}") == [
                "m.cuts.yaml:1:24: error: cut-offs must not descend: 1 comes after 2"
            ])
        #expect(
            errors(text, cuts: "cuts: {s: {values: [2, 5]}}") == [
                "m.yaml:7:10: error: score 's' has 4 bands, and its frozen cut-offs make 3 "
                    + "(run segdrift calibrate again)"
            ])
    }
}

import Testing

/// Each table: a model that is wrong in several ways, and everything that is said about it.
@Suite struct SegmentErrors {
    @Test func theLastSegmentAndOnlyItIsOtherwise() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features: {a: {count: any}}
            segmentations: {value: {segments: [{id: x}, {id: y, otherwise: true}, {id: x, when: a > 1, stay: \
            a}, {id: z, when: a > 2}]}}
            """
        let found = """
            m.yaml:7:36: error: segment 'x' has no 'when' (such as when: 'recency <= 30')
            m.yaml:7:53: error: segment 'y' has 'otherwise' but is not the last: nothing after it can be reached
            m.yaml:7:71: error: duplicate segment 'x' (the first one is on line 7)
            m.yaml:7:98: error: a condition is wanted here, but this is a number (compare it, as in a <> 0)
            m.yaml:7:102: error: the last segment, 'z', has no 'otherwise: true' (it takes everybody whom no \
            other segment takes, so it has no 'when')
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func otherwiseStandsAlone() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features: {a: {count: any}}
            segmentations: {value: {segments: [{id: x, when: a > 1, otherwise: false}, {id: null, when: a > 0}, \
            {id: y, otherwise: true, when: a > 2}]}}
            """
        let found = """
            m.yaml:7:68: error: 'otherwise' can only be true (leave it out and write 'when')
            m.yaml:7:81: error: a segment's id must be text, found nothing
            m.yaml:7:126: error: segment 'y' has both 'otherwise' and 'when' (the last segment takes everybody \
            who is left)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func conditionsAreTruthValues() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features: {recency: {days_since: last, of: purchase}}
            population: {customer: recency}
            segmentations: {value: {segments: [{id: x, rank: 0, when: "recencey <= 3", playbooks: [p]}, {id: y, \
            otherwise: true}]}}
            """
        let found = """
            m.yaml:7:24: error: a condition is wanted here, but this is a number (compare it, as in recency <> \
            0)
            m.yaml:8:50: error: 'rank' must be at least 1 (found 0)
            m.yaml:8:60: error: there is no feature 'recencey' (did you mean 'recency'?)
            m.yaml:8:88: error: unknown playbook 'p' (there is none)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func centroidsFitTheirInputs() {
        let text = """
            model: m
            events: {p: {}}
            features: {a: {count: p}, b: {count: p, over: 30d}}
            segmentations:
              v:
                segments: [{id: z, rank: 1}, {id: x, when: a > 1}]
                nearest: {inputs: {a: {mean: 1, scale: 0}, bb: {mean: 0, scale: 1}}, centroids: {x: [1, 2], y: \
            [1]}}
            """
        let found = """
            m.yaml:6:16: error: unknown centroid 'z' (accepted: x, y)
            m.yaml:6:42: error: unknown key 'when' in a segment (accepted: id, title, rank, playbooks)
            m.yaml:7:44: error: 'scale' must be greater than 0 (the standard deviation of the input)
            m.yaml:7:48: error: unknown feature 'bb' (did you mean 'b'?)
            m.yaml:7:100: error: the centroid of 'y' has 1 coordinates for 2 inputs
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func segmentsThatNobodyReachesAreErrors() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features: {a: {count: any}, b: {count: any, over: 30d}}
            segmentations: {value: {segments: [{id: x, when: a > 1}, {id: y, when: "b > 2 AND a > 1"}, {id: n, \
            when: "FALSE"}, {id: w, when: 'a>1.0'}, {id: z, otherwise: true}]}}
            """
        let found = """
            m.yaml:7:17: warning: no segment has a playbook: nothing is done differently for any (add \
            playbooks: and name them in the segments)
            m.yaml:7:58: error: segment 'y' cannot be reached: whoever it takes, 'x' takes first ('x' on line 7 \
            comes earlier and asks no more; change the order or the rule)
            m.yaml:7:92: error: segment 'n' is never true: its 'when' is FALSE
            m.yaml:7:116: error: segment 'w' cannot be reached: whoever it takes, 'x' takes first ('x' on line \
            7 comes earlier and asks no more; change the order or the rule)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }
}

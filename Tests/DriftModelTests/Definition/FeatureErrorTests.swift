import Testing

/// Each table: a model that is wrong in several ways, and everything that is said about it.
@Suite struct FeatureErrors {
    @Test func aFeatureIsOneKnownThing() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features:
              a: {cuont: purchase}
              b: {count: purchase, sum: amount}
              c: {over: 90d}
              d: {bands: a, cuts: [1]}
              e: {count: purchase, ovr: 90d}
              f: 5
            segmentations: {value: {segments: [{id: rest, otherwise: true}]}}
            """
        let found = """
            m.yaml:7:7: error: unknown key 'cuont' in feature 'a' (did you mean 'count'?)
            m.yaml:8:6: error: feature 'b' is both count and sum (a feature is one thing)
            m.yaml:9:6: error: feature 'c' does not say what it is (one of count, sum, avg, min, max, distinct, \
            first, last, days_since, hours_since, active_days, attribute, years_since, decayed and expr)
            m.yaml:10:7: error: 'bands' makes a score (move 'd' under 'scores')
            m.yaml:11:24: error: unknown key 'ovr' in feature 'e' (did you mean 'over'?)
            m.yaml:12:6: error: feature 'f' must be a mapping (key: value), found the number 5
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func eventTypesExist() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features:
              a: {count: purchse}
              b: {sum: amount, of: [refund, refund]}
              c: {sum: amount}
              d: {count: []}
            segmentations: {value: {segments: [{id: rest, otherwise: true}]}}
            """
        let found = """
            m.yaml:7:14: error: unknown event type 'purchse' (did you mean 'purchase'?)
            m.yaml:8:33: error: event type 'refund' is listed twice
            m.yaml:9:6: error: feature 'c' has no 'of' (the event types it is about: of: purchase)
            m.yaml:10:14: error: feature 'd' names no event type (or 'any' for all of them)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func windowsAreWholeTicks() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features:
              a: {count: any, over: 36h}
              b: {count: any, over: 90}
              c: {count: any, over: lifetme}
              d: {hours_since: last, of: visit}
              e: {count: any, over: 0d}
            segmentations: {value: {segments: [{id: rest, otherwise: true}]}}
            """
        let found = """
            m.yaml:7:25: error: 'over' must be whole days with 'grain: day' (write 90d or 2w, or set 'grain: \
            hour')
            m.yaml:8:25: error: 'over' must be a length of time, found the number 90 (a whole number and a \
            unit: 30s, 5m, 36h, 90d, 2w and lifetime)
            m.yaml:9:25: error: 'over' must be a length of time, found the text 'lifetme' (did you mean \
            'lifetime'?)
            m.yaml:10:7: error: hours_since needs 'grain: hour' (or use days_since)
            m.yaml:11:25: error: 'over' must be longer than nothing
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func expressionsPointIntoTheFile() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features:
              a: {sum: "amount * qty", of: purchase}
              b: {count: purchase, where: 'invoice >= 3'}
              c: {count: purchase, where: amount}
              d: {expr: a +}
            segmentations: {value: {segments: [{id: rest, otherwise: true}]}}
            """
        let found = """
            m.yaml:7:22: error: there is no field 'qty' (accepted: amount, invoice, type)
            m.yaml:8:32: error: cannot compare a text with a number (number(invoice) reads a text as a number)
            m.yaml:9:31: error: a condition is wanted here, but this is a number (compare it, as in amount <> 0)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func fieldsBelongToTheSelectedTypes() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features:
              a: {distinct: invoice, of: refund}
              b: {count: visit, where: "type = 'visit' AND amount > 1"}
            segmentations: {value: {segments: [{id: rest, otherwise: true}]}}
            """
        let found = """
            m.yaml:7:17: error: 'invoice' is no field of refund (it is one of purchase)
            m.yaml:8:48: error: 'amount' is no field of visit (it is one of purchase and refund)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func attributesOfFeaturesExistAndFit() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            attributes: {born: date, city: text}
            features:
              a: {attribute: town}
              b: {years_since: city}
              c: {days_since: cty}
              d: {days_since: last}
              e: {days_since: born, where: "amount > 1"}
            segmentations: {value: {segments: [{id: rest, otherwise: true}]}}
            """
        let found = """
            m.yaml:8:18: error: unknown attribute 'town' (accepted: born, city)
            m.yaml:9:20: error: 'years_since' needs a date, and 'city' is a text (declare it as date under \
            attributes)
            m.yaml:10:19: error: unknown attribute 'cty' (did you mean 'city'?)
            m.yaml:11:6: error: feature 'd' has no 'of' (the event types it is about: of: purchase)
            m.yaml:12:25: error: 'where' is about events, and feature 'e' is about an attribute
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func cyclesAreNamed() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features:
              a: {expr: b + 1}
              b: {expr: c * 2}
              c: {expr: "a - 1"}
              d: {expr: a + 1}
              e: {expr: e}
            segmentations: {value: {segments: [{id: rest, otherwise: true}]}}
            """
        let found = """
            m.yaml:7:3: error: features depend on each other in a circle: a → b → c → a (one of them must do \
            without the others)
            m.yaml:11:3: error: features depend on each other in a circle: e → e (one of them must do without \
            the others)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func featuresAndScoresShareTheirNames() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features:
              a: {count: any}
            scores:
              a: {expr: 1}
            segmentations: {value: {segments: [{id: rest, otherwise: true}]}}
            """
        let found = """
            m.yaml:9:3: error: 'a' is a feature already (it is defined on line 7; features and scores share one \
            set of names)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func scoresAreMadeOfNumbers() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features:
              a: {count: any}
              t: {last: invoice, of: purchase}
            scores:
              b: {bands: a, cuts: [3, 2]}
              c: {bands: a}
              d: {bands: aa, cuts: [1]}
              e: {bands: t, cuts: [1]}
              f: {weights: {a: 1, bb: 2, t: x}}
              g: {bands: a, cuts: [1], quantiles: 4}
              h: {count: any}
              i: {bands: a, quantiles: 1}
            segmentations: {value: {segments: [{id: rest, otherwise: true}]}}
            """
        let found = """
            m.yaml:10:27: error: cuts must ascend: 2 comes after 3
            m.yaml:11:6: error: score 'c' needs either 'cuts' or 'quantiles' (cuts: [7, 30, 90] sets the \
            limits, quantiles: 5 takes them from the customers)
            m.yaml:12:14: error: unknown feature 'aa' (did you mean 'a'?)
            m.yaml:13:14: error: 'bands' needs a number, and t is a text
            m.yaml:14:23: error: unknown feature 'bb' (did you mean 'b'?)
            m.yaml:14:30: error: 'weights' needs a number, and t is a text
            m.yaml:14:33: error: the weight of 't' must be a number, found the text 'x'
            m.yaml:15:6: error: score 'g' needs either 'cuts' or 'quantiles' (cuts: [7, 30, 90] sets the \
            limits, quantiles: 5 takes them from the customers)
            m.yaml:16:7: error: 'count' makes a feature (move 'h' under 'features')
            m.yaml:17:28: error: 'quantiles' must be from 2 to 100 (found 1)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func expressionsOverSeveralLinesAreMappedBack() {
        let text = """
            model: m
            events: {p: {}}
            features:
              a: {count: p}
              b:
                expr: >-
                  a +
                  1 +
                  zz
              c:
                expr: |
                  a
                    * yy
              d:
                expr: 'a || ''x'' || xx'
              e:
                expr: "a +
                  1 + ww"
            segmentations: {v: {segments: [{id: r, otherwise: true}]}}
            """
        let found = """
            m.yaml:9:7: error: there is no feature 'zz' (accepted: a, b, c, d, e)
            m.yaml:13:11: error: there is no feature 'yy' (accepted: a, b, c, d, e)
            m.yaml:15:12: error: '||' takes a text, but this is a number (CAST(a AS TEXT) makes it a text)
            m.yaml:18:11: error: there is no feature 'ww' (accepted: a, b, c, d, e)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }
}

import Testing

/// Each table: a model that is wrong in several ways, and everything that is said about it.
@Suite struct DataErrors {
    @Test func unknownKeysAreErrors() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            titel: x
            feature: {a: {count: any}}
            segmentations: {value: {segments: [{id: rest, otherwise: true}]}}
            """
        let found = """
            m.yaml:6:1: error: unknown key 'titel' in the model (did you mean 'title'?)
            m.yaml:7:1: error: unknown key 'feature' in the model (did you mean 'features'?)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func requiredKeysAreAskedFor() {
        let text = """
            title: x
            """
        let found = """
            m.yaml:1:1: error: the model has no 'model'
            m.yaml:1:1: error: the model has no 'events'
            m.yaml:1:1: error: the model has no 'segmentations'
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func theDocumentIsAMapping() {
        let text = """
            - a
            - b
            """
        let found = """
            m.yaml:1:1: error: the model must be a mapping (key: value), found a list
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func valuesHaveTypes() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            title: 5
            grain: week
            dedupe: soon
            max_segments: 2.5
            alert_age: 3
            segmentations: {value: {segments: [{id: rest, otherwise: true}]}}
            """
        let found = """
            m.yaml:6:8: error: the title must be text, found the number 5 (write it in quotes: '5')
            m.yaml:7:8: error: grain cannot be 'week' (accepted: day, hour)
            m.yaml:8:9: error: dedupe must be a length of time, found the text 'soon' (a whole number and a \
            unit: 30s, 5m, 36h, 90d and 2w)
            m.yaml:9:15: error: max_segments must be a whole number, found the number 2.5
            m.yaml:10:12: error: alert_age must be a length of time, found the number 3 (a whole number and a \
            unit: 30s, 5m, 36h, 90d and 2w)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func timeZonesExist() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            timezone: Europe/Londn
            segmentations: {value: {segments: [{id: rest, otherwise: true}]}}
            """
        let found = """
            m.yaml:6:11: error: unknown time zone 'Europe/Londn' (an IANA name such as UTC, Europe/London or \
            America/New_York)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func aFieldHasOneKnownTypeAndNoReservedName() {
        let text = """
            model: m
            events:
              a: {fields: {x: nummber, y: number}}
              b: {fields: {y: text, at: date}}
              any: {}
            segmentations: {v: {segments: [{id: r, otherwise: true}]}}
            """
        let found = """
            m.yaml:3:19: error: the type of 'x' cannot be 'nummber' (did you mean 'number'?)
            m.yaml:4:19: error: field 'y' is a text here and a number before (a field has one type in the whole \
            model; rename one of them)
            m.yaml:4:25: error: a field cannot be called 'at' (customer, type, at and id belong to every event)
            m.yaml:5:3: error: an event type cannot be called 'any' ('count: any' means all of them)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func eventsSetDeclaredAttributesOnce() {
        let text = """
            model: m
            attributes: {country: text, x: float}
            events:
              p: {sets: [contry]}
              q: {fields: {country: text}, sets: [country, country]}
            segmentations: {v: {segments: [{id: r, otherwise: true}]}}
            """
        let found = """
            m.yaml:2:32: error: the type of 'x' cannot be 'float' (accepted: number, text, boolean, date)
            m.yaml:4:14: error: unknown attribute 'contry' (did you mean 'country'?)
            m.yaml:5:39: error: 'country' is both a field and an attribute of event type 'q' (a mapping could \
            not tell them apart; rename one)
            m.yaml:5:48: error: 'country' is both a field and an attribute of event type 'q' (a mapping could \
            not tell them apart; rename one)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func duplicateKeysAreAllReportedAndTheRestIsRead() {
        let text = """
            model: m
            events: {p: {}, p: {}}
            title: a
            title: b
            features:
              a: {count: p, count: q}
              b: {count: p}
              a: {count: p}
            segmentations: {v: {segments: [{id: r, otherwise: true}]}}
            bad: 1
            """
        let found = """
            m.yaml:2:17: error: duplicate key 'p' (it stands on line 2 already; each key may stand once)
            m.yaml:4:1: error: duplicate key 'title' (it stands on line 3 already; each key may stand once)
            m.yaml:6:17: error: duplicate key 'count' (it stands on line 6 already; each key may stand once)
            m.yaml:8:3: error: duplicate key 'a' (it stands on line 6 already; each key may stand once)
            m.yaml:10:1: error: unknown key 'bad' in the model (accepted: model, title, timezone, grain, \
            events, attributes, features, scores, population, segmentations, playbooks, on_transition, alerts, \
            assumptions, value, dedupe, alert_age, max_segments)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func tabsAreNamed() {
        let text = """
            model: m
            	title: x
            """
        let found = """
            m.yaml:2:1: error: not valid YAML: found a tab character that violates indentation (indent with \
            spaces, YAML forbids tabs)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func whatIsLeftOpenIsNamed() {
        let text = """
            model: m
            events: {p: {}
            features: {}
            """
        let found = """
            m.yaml:3:1: error: not valid YAML: did not find expected ',' or '}' (while parsing a flow mapping, \
            which begins on line 2)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func tagsAreNotUnderstood() {
        let text = """
            model: !thing m
            events: {p: {}}
            segmentations: {v: {segments: [{id: r, otherwise: true}]}}
            """
        let found = """
            m.yaml:1:8: error: the tag !thing is not understood here (write the value without it)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }
}

import Testing

/// Each table: a model that is wrong in several ways, and everything that is said about it.
@Suite struct ActionErrors {
    @Test func playbooksFillKnownAreas() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            playbooks:
              p: {service.suport: Phone, sales.leads: 1}
              q: {}
            segmentations: {value: {segments: [{id: x, otherwise: true, playbooks: [p, r, p]}]}}
            """
        let found = """
            m.yaml:7:7: error: unknown area 'service.suport' (did you mean 'service.support'?)
            m.yaml:7:43: error: the action of sales.leads must be text, found the number 1 (write it in quotes: \
            '1')
            m.yaml:8:6: error: playbook 'q' does nothing (such as service.support: Named contact by phone)
            m.yaml:9:76: error: unknown playbook 'r' (accepted: p, q)
            m.yaml:9:79: error: playbook 'p' is listed twice
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func movesNameSegments() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features: {a: {count: any}}
            on_transition:
              - {segmentation: vaule, do: {sales.leads: x}}
              - {segmentation: value, from: [high, null], to: [], direction: sidways, do: {sales.leads: x}}
            segmentations: {value: {segments: [{id: hi, when: a > 1}, {id: lo, otherwise: true}]}}
            """
        let found = """
            m.yaml:8:20: error: unknown segmentation 'vaule' (did you mean 'value'?)
            m.yaml:9:34: error: unknown segment of 'value' 'high' (accepted: hi, lo)
            m.yaml:9:51: error: the list is empty and would match nothing (leave it out for any)
            m.yaml:9:66: error: 'direction' cannot be 'sidways' (did you mean 'sideways'?)
            m.yaml:9:66: warning: no move in 'value' has a direction (give its segments a rank, 1 is best)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func alertsHaveKinds() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features: {a: {count: any}}
            alerts:
              - {name: a, on: transitions, segmentation: value}
              - {name: b, segmentation: value}
              - {name: c, on: transition, segmentation: value, when: a, cooldwn: 7d, severity: loud, group_by: \
            [form], notify: [ops]}
              - {name: c, on: transition, segmentation: value, group_wait: 5s, notify: [ops, ops]}
              - {name: d, on: size, segmentation: value, segment: lo, notify: ops}
              - {name: e, on: flow, segmentation: value, from: lo, to: lo, against: 36h, notify: ops}
              - {name: f, on: intake, quarantined_above: 5, notify: ops}
              - {name: g, on: population, segmentation: value, test: psi, p_below: 0.1, notify: ops}
              - {name: h, on: intake, quarantined_above: 0.5}
              - {name: i, on: intake, quarantined_above: 0.5, notify: []}
              - {name: j, on: transition, segmentation: value, group_by: to, group_interval: 9s, notify: [ops]}
              - {name: k, on: transition, segmentation: value, group_interval: 1h, notify: [ops]}
            segmentations: {value: {segments: [{id: hi, when: a > 1}, {id: lo, otherwise: true}]}}
            """
        let found = """
            m.yaml:8:19: error: 'on' cannot be 'transitions' (did you mean 'transition'?)
            m.yaml:9:5: error: an alert has no 'on' (one of transition, population, size, flow and intake)
            m.yaml:10:58: error: a condition is wanted here, but this is a number (compare it, as in a <> 0)
            m.yaml:10:61: error: unknown key 'cooldwn' in an alert on transition (did you mean 'cooldown'?)
            m.yaml:10:84: error: 'severity' cannot be 'loud' (accepted: critical, error, warning, notice, info)
            m.yaml:10:101: error: 'group_by' cannot be 'form' (did you mean 'from'?)
            m.yaml:11:5: error: duplicate alert 'c' (the first one is on line 10)
            m.yaml:11:52: error: 'group_wait' without 'group_by' has no effect (such as group_by: [from, to])
            m.yaml:11:82: error: destination 'ops' is listed twice
            m.yaml:12:5: error: an alert on size needs 'change_below' or 'change_above' (change_below: -0.10 is \
            a loss of a tenth)
            m.yaml:13:60: error: 'from' and 'to' are the same: nobody moves that way
            m.yaml:13:73: error: 'against' must be whole days (such as against: 28d)
            m.yaml:14:46: error: 'quarantined_above' must be from 0 to 1 (found 5)
            m.yaml:15:5: error: an alert with test psi has no 'value_above' (such as value_above: 0.1)
            m.yaml:15:63: error: 'p_below' is for stuart_maxwell (psi takes value_above)
            m.yaml:16:5: warning: the alert notifies nobody and is only recorded (such as notify: [ops])
            m.yaml:17:5: warning: the alert notifies nobody and is only recorded (such as notify: [ops])
            m.yaml:18:82: error: 'group_interval' must be at least 10s (such as group_interval: 5m)
            m.yaml:19:52: error: 'group_interval' without 'group_by' has no effect (such as group_by: [from, to])
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }

    @Test func assumptionsAreOfTwoForms() {
        let text = """
            model: small
            events:
              purchase: {fields: {amount: number, invoice: text}}
              refund: {fields: {amount: number}}
              visit: {}
            features: {a: {count: any}}
            assumptions:
              - {name: a, segmentation: value, entered: hi, reach: [lo], within: 60d}
              - {name: b, segmentation: value, segment: mid, share_between: [0.5, 0.2]}
              - {name: c, segmentation: value, entered: hi, reach: [], within: 60d, at_least: 2}
            segmentations: {value: {segments: [{id: hi, when: a > 1}, {id: lo, otherwise: true}]}}
            """
        let found = """
            m.yaml:8:5: error: an assumption has no 'at_least'
            m.yaml:9:45: error: unknown segment of 'value' 'mid' (accepted: hi, lo)
            m.yaml:9:65: error: 'share_between' must be two shares, the lower first (such as [0.02, 0.15])
            m.yaml:10:83: error: 'at_least' must be from 0 to 1 (found 2)
            """
        #expect(complaints(text).joined(separator: "\n") == found)
    }
}

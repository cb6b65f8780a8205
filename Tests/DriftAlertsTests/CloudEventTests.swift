import DriftAlerts
import DriftModel
import Testing

@Suite struct CloudEventTests {
    private let events = CloudEvent(instance: "shop1", naming: CustomerNaming(key: Array("k".utf8)))

    @Test func aMoveIsOneEventWithItsMembersInOrder() throws {
        let facts = try Moves.one().facts()
        let body = events.transition(facts, alertID: "abc", rule: "downgrade", severity: .warning, detail: .full)
        let sentence =
            "C-1042 loyal -> at_risk (value, down): recency 60 -> 61, limit 60 (time). Start: retention call within "
            + "two days; come-back voucher; ask what went wrong before any offer. Stop: first in the queue; named "
            + "contact by phone."
        #expect(
            String(decoding: body, as: UTF8.self)
                == #"{"specversion":"1.0","id":"abc","source":"/segdrift/shop1","type":"segdrift.transition.v1","#
                + #""subject":"C-1042","time":"2011-01-26T00:00:00Z","datacontenttype":"application/json","data":{"#
                + #""summary":"\#(sentence)","rule":"downgrade","severity":"warning","customer":"C-1042","#
                + #""segmentation":"value","from":"loyal","to":"at_risk","direction":"down","cause":"time","#
                + #""reason":"recency 60 -> 61, limit 60","#
                + #""inputs":{"recency":{"before":60,"after":61},"spend":{"before":750,"after":750}},"#
                + #""actions":{"start":[{"area":"sales.scripts","action":"Retention call within two days"},"#
                + #"{"area":"marketing.advertising","action":"Come-back voucher"},"#
                + #"{"area":"sales.scripts","action":"Ask what went wrong before any offer"}],"#
                + #""stop":[{"area":"sales.leads","action":"First in the queue"},"#
                + #"{"area":"service.support","action":"Named contact by phone"}],"change":[]},"#
                + #""next_change_at":"2024-10-04","model_version":"v1","seq":1}}"#)
    }

    @Test func aDigestSaysWhatAllItsMovesHaveInCommon() {
        func text(_ pairs: [DigestFacts.Pair]) -> String {
            let facts = DigestFacts(kind: .group, moves: 9, pairs: pairs, top: [], since: 0, until: 0, rules: [:])
            let body = events.digest(
                facts, alertID: "a", rule: "r", severity: .info, time: Instant(seconds: 0), detail: .full)
            return String(decoding: body, as: UTF8.self)
        }
        let down = DigestFacts.Pair(segmentation: "value", from: "loyal", to: "lost", customers: 5)
        var other = down
        other.from = "champions"
        #expect(text([down]).contains(#""segmentation":"value","from":"loyal","to":"lost","#))
        #expect(text([down, other]).contains(#""segmentation":"value","from":null,"to":"lost","#))
    }

    @Test func aDestinationThatMayNotKnowCustomersGetsNoNameAnywhere() throws {
        var facts = try Moves.one().facts()
        facts.customer = "canary-name"
        for detail in [CustomerDetail.hashed, .none] {
            let body = events.transition(facts, alertID: "a", rule: "r", severity: .info, detail: detail)
            #expect(!String(decoding: body, as: UTF8.self).contains("canary-name"))
        }
    }

    @Test func theSameCustomerHasTheSameHashUnderOneKeyOnly() {
        let naming = CustomerNaming(key: Array("k".utf8))
        #expect(naming.hash("C-1") == naming.hash("C-1"))
        #expect(naming.hash("C-1") != naming.hash("C-2"))
        #expect(naming.hash("C-1") != CustomerNaming(key: Array("l".utf8)).hash("C-1"))
    }

    @Test func hostileTextIsEscapedAndStaysOneLine() {
        let value = JSONValue.object([.init("a\"b", .string("x\n\u{1}\\\u{2028}é"))])
        #expect(String(decoding: value.bytes, as: UTF8.self) == "{\"a\\\"b\":\"x\\n\\u0001\\\\\u{2028}é\"}")
    }

    @Test func numbersAreWholeWhereTheyCanBeAndNeverInfinite() {
        let value = JSONValue.array([.number(3), .number(0.1), .number(.infinity), .integer(-7), .boolean(true), .null])
        #expect(String(decoding: value.bytes, as: UTF8.self) == "[3,0.1,null,-7,true,null]")
    }

    @Test func alertIDsAreStableAndDifferInEveryPart() {
        func id(
            _ instance: String = "i", _ rule: String = "r", _ group: String = "", _ subject: String = "c",
            _ segmentation: String = "s", _ seq: Int64 = 1
        ) -> String {
            AlertID.make(
                instance: instance, rule: rule, group: group, subject: subject, segmentation: segmentation, seq: seq)
        }
        let all = [
            id(), id("j"), id("i", "q"), id("i", "r", "g"), id("i", "r", "", "d"), id("i", "r", "", "c", "t"),
            id("i", "r", "", "c", "s", 2), id("ir", ""), id("", "ir"),
        ]
        #expect(Set(all).count == all.count)
        #expect(id() == id())
        #expect(id().count == 64)
    }
}

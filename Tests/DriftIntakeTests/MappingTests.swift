import DriftEngine
import DriftModel
import Testing

@testable import DriftIntake

@Suite struct MappingTests {
    @Test func withoutAMapFieldsOfTheModelsNamesAreTaken() throws {
        let text = """
            id,customer,type,at,amount,item,on
            7,C-1,purchase,2026-01-02,1.5,tea,2026-01-03
            ,C-2,refund,2026-01-02T03:04:05Z,2,,
            8,C-3,purchase,1767225600,,,
            """
        #expect(
            try mapped(text, Hand.source()) == [
                "C-1 2026-01-02T00:00:00Z purchase(1.5,tea,2026-01-03) #7",
                "C-2 2026-01-02T03:04:05Z refund(2)",
                "C-3 2026-01-01T00:00:00Z purchase(NULL,NULL,NULL) #8",
            ])
    }

    @Test func aMapSaysWhatFieldsMean() throws {
        let source = Hand.source {
            $0.map = Hand.mapping(
                customer: "'C-' || Cust", type: "CASE WHEN Qty LIKE '-%' THEN 'refund' ELSE 'purchase' END",
                at: "timestamp(Day, 'dd/MM/yyyy')", id: "Row",
                [("amount", "number(Qty) * number(Price)"), ("item", "upper(Item)")])
            $0.skip = Hand.text("Cust IS NULL")
            $0.also = [
                EventMapping(
                    type: Hand.text("'profile'"),
                    fields: [FieldMapping(name: Hand.text("country"), expression: Hand.text("Land"))])
            ]
        }
        let text =
            "Row,Cust,Day,Qty,Price,Item,Land\n1,9,31/01/2026,2,1.25,tea,UK\n2,NA,x,1,1,a,b\n3,8,01/02/2026,-1,4,pot,N/A\n"
        #expect(
            try mapped(text, source) == [
                "C-9 2026-01-31T00:00:00Z profile(UK,NULL) purchase(2.5,TEA,NULL) #1",
                "skipped",
                "C-8 2026-02-01T00:00:00Z profile(NULL,NULL) refund(-4) #3",
            ])
    }

    @Test func missingAndUnreadableFieldsAreRefusedWithTheReason() throws {
        let source = Hand.source { $0.map = Hand.mapping(at: "timestamp(a)", [("amount", "number(n)")]) }
        let text =
            "c,t,a,n\n,purchase,2026-01-01,1\nC,,2026-01-01,1\nC,purchase,,1\nC,purchase,soon,1\nC,purchase,2026-01-01,1x\nC,purchase,2026-01-01,\n"
        #expect(
            try mapped(text, source) == [
                "missing_field: customer is NULL", "missing_field: type is NULL", "missing_field: at is NULL",
                "unreadable_field: at: 'soon' is no time that is understood",
                "unreadable_field: amount: '1x' is no number that is understood",
                "C 2026-01-01T00:00:00Z purchase(NULL,NULL,NULL)",
            ])
    }

    @Test func anUnreadableFieldThatIsCaughtIsNoRefusal() throws {
        let source = Hand.source { $0.map = Hand.mapping([("amount", "coalesce(number(n), 0)")]) }
        #expect(try mapped("c,t,a,n\nC,refund,2026-01-01,x\n", source) == ["C 2026-01-01T00:00:00Z refund(0)"])
    }

    @Test func aRecordIsIgnoredOnlyIfNoneOfItsEventsIsKnown() throws {
        let plain = Hand.source { $0.map = Hand.mapping() }
        #expect(try mapped("c,t,a\nC,visit,2026-01-01\n", plain) == ["unknown type visit"])
        let also = Hand.source {
            $0.map = Hand.mapping()
            $0.also = [EventMapping(type: Hand.text("CASE WHEN c = 'C' THEN 'profile' END"))]
        }
        #expect(
            try mapped("c,t,a\nC,visit,2026-01-01\nD,visit,2026-01-01\n", also) == [
                "C 2026-01-01T00:00:00Z profile(NULL,NULL)", "unknown type visit",
            ])
    }

    @Test func anEventFromTheFutureIsRefusedAndOneWithinTheToleranceIsNot() throws {
        let limit = Hand.claim.secondsFloor + 3600
        let result = try mapped("customer,type,at\nC,refund,\(limit)\nC,refund,\(limit + 1)\n", Hand.source())
        #expect(result[0].hasSuffix("refund(NULL)"))
        #expect(result[1].hasPrefix("future: at "))
    }

    @Test func theFileItsRecordsAndItsClaimCanBeNamed() throws {
        let source = Hand.source {
            $0.map = Hand.mapping(
                type: "'purchase'", at: "_received_at", [("amount", "_record"), ("item", "_file")])
        }
        #expect(
            try mapped("c\nC\nD\n", source) == [
                "C 2026-09-21T14:13:20Z purchase(1,x.csv,NULL)", "D 2026-09-21T14:13:20Z purchase(2,x.csv,NULL)",
            ])
    }

    @Test func everyErrorOfAMappingIsToldAtItsPlace() {
        let source = Hand.source {
            $0.map = Hand.mapping(
                customer: "number(c)", at: "number(a)", [("amuont", "number(n)"), ("amount", "n"), ("item", "(")])
        }
        do {
            _ = try Hand.plan(source)
            Issue.record("it compiled")
        } catch let error as Diagnostics {
            #expect(error.all.map(\.line) == [1, 3, 4, 4, 4])
            #expect(error.all.allSatisfy { $0.file == "segdrift.yaml" && $0.column >= 5 })
            #expect(error.description.contains("did you mean 'amount'?"))
            #expect(error.description.contains("number(n)"))
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test func theSameContentHasTheSameHashAndAnyOtherAnother() throws {
        let plan = try Hand.plan(Hand.source())
        func hashes(_ line: String) throws -> (UInt64?, UInt32) {
            let reader = RecordReaderFixture(plan, "id,customer,type,at,amount,item\n\(line)\n")
            let record = try reader.batch().records[0]
            return (record.idHash, record.contentHash)
        }
        let base = try hashes("1,C,purchase,2026-01-01,1.0,tea")
        #expect(try hashes("1,C,purchase,2026-01-01,1,tea") == base)
        #expect(try hashes("1,C,purchase,2026-01-01,2,tea").0 == base.0)
        for other in [
            "1,C,purchase,2026-01-01,2,tea", "1,C,refund,2026-01-01,1,tea", "1,C,purchase,2026-01-02,1,tea",
            "1,C,purchase,2026-01-01,1,te",
        ] {
            #expect(try hashes(other).1 != base.1, "\(other)")
        }
        #expect(try hashes("2,C,purchase,2026-01-01,1,tea").0 != base.0)
        #expect(try hashes(",C,purchase,2026-01-01,1,tea").0 == nil)
    }
}

import DriftModel
import DriftStore
import Systemd
import Testing

@testable import DriftAlerts

/// What the daemon tells of its own trouble: whom, how often, and what becomes of what is left out.
@Suite struct OwnAlertsTests {
    private static let crm = DestinationConfiguration(
        name: "crm", kind: .webhook(url: "https://crm.example/hook", secrets: []))
    private static let pager = DestinationConfiguration(
        name: "pager", kind: .webhook(url: "https://pager.example/hook", secrets: []))
    private static let now = OutboxScene.start

    private static func scene() throws -> OutboxScene { try OutboxScene([crm, pager, .log]) }

    private static func own(_ scene: OutboxScene) -> OwnAlerts {
        OwnAlerts(instance: "test", destinations: scene.destinations.withOwnJournal.map(\.name))
    }

    private static func trouble(_ kind: OwnTrouble.Kind, _ subject: String, _ occasion: Int64) -> OwnTrouble {
        OwnTrouble(kind, subject: subject, occasion: occasion, summary: "\(kind.rawValue) \(subject) \(occasion).")
    }

    @discardableResult
    private static func tell(_ scene: OutboxScene, _ trouble: OwnTrouble) throws -> Bool {
        try scene.store.write { try own(scene).tell(trouble, now: scene.clock.now, ledger: $0) }
    }

    private static func told(_ scene: OutboxScene, _ alert: String) throws -> [String] {
        try scene.texts(
            """
            SELECT d.destination FROM deliveries AS d JOIN alerts AS a ON a.alert_id = d.alert_id
            WHERE a.summary = '\(alert)' ORDER BY 1
            """)
    }

    @Test(arguments: OwnTrouble.Kind.allCases)
    func theJournalAndEveryOtherDestinationHearOfIt(kind: OwnTrouble.Kind) throws {
        let scene = try Self.scene()
        #expect(try Self.tell(scene, Self.trouble(kind, "crm", 1)))
        let all = ["crm", "journal (own)", "log", "pager"]
        let isAboutDestination = [.dead, .down, .disabled].contains(kind)
        #expect(
            try Self.told(scene, "\(kind.rawValue) crm 1.") == (isAboutDestination ? Array(all.dropFirst()) : all),
            "never through the one that fails")
        let rows = try scene.texts("SELECT kind || ' ' || rule || ' ' || severity FROM alerts")
        #expect(rows == ["self \(kind.rule) \(kind.severity.rawValue)"])
    }

    @Test func whoIsSwitchedOffHearsNothing() throws {
        let scene = try Self.scene()
        try scene.store.write { try $0.remember(scope: "disabled", key: "pager", value: "410") }
        try Self.tell(scene, Self.trouble(.overflow, "", 1))
        #expect(try Self.told(scene, "overflow  1.") == ["crm", "journal (own)", "log"])
    }

    @Test func aConfiguredJournalIsTheJournal() {
        let ops = DestinationConfiguration(name: "ops", kind: .journal)
        #expect([ops, Self.crm].withOwnJournal == [ops, Self.crm])
        #expect([Self.crm].withOwnJournal.map(\.name) == ["crm", "journal (own)"])
    }

    /// Each kind, and each thing it is about, has a cooldown of its own; what was left out is told at its end.
    @Test(arguments: OwnTrouble.Kind.allCases)
    func itIsToldOncePerCooldownAndThenHowOftenItWas(kind: OwnTrouble.Kind) throws {
        let scene = try Self.scene()
        var times = 0
        let step = kind.cooldownSeconds / 20
        for number in 0..<Int64(60) {
            scene.clock.set(Self.now.advanced(bySeconds: number * step))
            times += try Self.tell(scene, Self.trouble(kind, "shop", number)) ? 1 : 0
            if number == 1 { #expect(try Self.tell(scene, Self.trouble(kind, "web", 1)), "another thing") }
        }
        #expect(times == 3)
        scene.clock.set(Self.now.advanced(bySeconds: 61 * step))
        try scene.store.write { try Self.own(scene).settleCooldowns(now: scene.clock.now, $0) }
        let told = try scene.ownAlerts()
        let word = kind.rawValue
        if kind.isLasting {
            #expect(told == ["\(word) shop 0.", "\(word) web 1.", "\(word) shop 20.", "\(word) shop 40."])
        } else {
            let since = [0, 20, 40].map { TimeText.seconds(Self.now.advanced(bySeconds: $0 * step)) }
            #expect(
                told == [
                    "\(word) shop 0.", "\(word) web 1.",
                    "\(word) shop 20. Since \(since[0]) it was left out 19 times.",
                    "\(word) shop 40. Since \(since[1]) it was left out 19 times.",
                    "\(word) shop 59. Since \(since[2]) it was left out 18 times.",
                ])
        }
        // And then there is nothing left to tell.
        scene.clock.advance(seconds: 10 * kind.cooldownSeconds)
        try scene.store.write { try Self.own(scene).settleCooldowns(now: scene.clock.now, $0) }
        #expect(try scene.ownAlerts().count == told.count)
    }

    @Test func aRestartForgetsNoCooldownAndAClockTurnedBackKeepsNobodyQuiet() throws {
        let scene = try Self.scene()
        #expect(try Self.tell(scene, Self.trouble(.quarantined, "shop", 1)))
        try scene.recover()
        scene.clock.advance(seconds: 60)
        #expect(try !Self.tell(scene, Self.trouble(.quarantined, "shop", 2)))
        scene.clock.set(Self.now.advanced(bySeconds: -86_400))
        #expect(try Self.tell(scene, Self.trouble(.quarantined, "shop", 3)))
    }

    @Test func aPersonMaySilenceIt() throws {
        let scene = try Self.scene()
        try scene.store.write { transaction in
            _ = try transaction.insertSilence(
                rule: "source", segmentation: nil, customer: nil, at: scene.clock.now,
                until: scene.clock.now.advanced(bySeconds: 3_600), by: "me", comment: "moving house")
        }
        #expect(try !Self.tell(scene, Self.trouble(.stalled, "shop", 1)))
        #expect(try scene.texts("SELECT suppressed_by FROM alerts") == ["silence 1"])
        #expect(try Self.told(scene, "stalled shop 1.") == [])
        // When the silence is over it is told.
        scene.clock.advance(seconds: 3_600)
        #expect(try Self.tell(scene, Self.trouble(.stalled, "shop", 2)))
    }

    /// While the database takes nothing, messages go past it; what is written later has the same id.
    @Test func whatGoesPastTheOutboxHasTheIdOfWhatIsWrittenLater() throws {
        let scene = try Self.scene()
        let trouble = OwnTrouble.paused("disk full", hint: "free some space", isDiskFull: true, since: Self.now)
        let message = Self.own(scene).message(trouble, to: "crm", now: Self.now)
        scene.clock.advance(seconds: 600)
        try Self.tell(scene, trouble)
        #expect(try scene.texts("SELECT alert_id FROM alerts") == [message.alertID])
        let entry = try #require(JournalSink.entry(message))
        #expect(entry.messageID == MessageIDs.ownTrouble && entry.priority == .critical)
        #expect(entry.message.hasPrefix("segdrift takes no files since 2026-09-21T14:13:20Z: disk full"))
        let fields = entry.fields.map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))" }
        #expect(fields.contains("SEGDRIFT_RULE=disk") && fields.contains("SEGDRIFT_KIND=disk_full"))
    }
}

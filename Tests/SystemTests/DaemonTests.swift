import Foundation
import Testing

/// The real daemon under its real unit, with a real journal.
@Suite(
    .enabled(if: SystemRig.isDemanded, "set SEGDRIFT_SYSTEM=1"),
    .enabled(if: SystemRig.hasBinary, "the daemon is not built"), .serialized)
struct DaemonTests {
    private static let configuration = """
        model: model.yaml
        wall_lag: never
        http: {listen: none}
        sources:
          - {name: shop, match: "*.csv", format: csv}
        destinations:
          ops: {type: journal}
          log: {type: file, path: alerts.ndjson}
        """

    private static let model = """
        model: rig
        timezone: Europe/London
        events:
          purchase: {fields: {amount: number}}
        features:
          recency: {days_since: last, of: purchase}
        segmentations:
          value:
            segments:
              - {id: active, rank: 1, when: "recency <= 30", playbooks: [keep]}
              - {id: gone, rank: 2, otherwise: true, playbooks: [win_back]}
        playbooks:
          keep: {sales.leads: First in the queue}
          win_back: {sales.scripts: Retention call within two days}
        alerts:
          - {name: slipping, on: transition, segmentation: value, direction: down, severity: critical, notify: [ops, log]}
        """

    private static let events = """
        customer,type,at,amount
        C-1042,purchase,2026-01-01T10:00:00Z,20
        C-7,purchase,2026-03-01T10:00:00Z,20

        """

    private static let kept = "MESSAGE_ID=ec871ab15a7e461181ab218c8bf49313"

    /// A container with the daemon's files in place.
    private func withContainer(dropIn: String = "", _ body: (Container) throws -> Void) throws {
        let container = try SystemRig.container(executable: Repository.binary, dropIn: dropIn)
        defer { container.powerOff() }
        try container.write(Self.configuration, to: "/etc/segdrift/segdrift.yaml")
        try container.write(Self.model, to: "/etc/segdrift/model.yaml")
        try body(container)
    }

    private func property(_ names: String, _ container: Container) throws -> String {
        try container.run("systemctl show segdriftd -p \(names)").output
    }

    @Test func fromADroppedFileToTheJournalAndACleanEnd() throws {
        try withContainer { container in
            try container.startDaemon()
            let shown = try property("ActiveState,SubState,StatusText", container)
            #expect(shown.contains("SubState=running"))
            #expect(shown.contains("StatusText=no events yet"), "\(shown)")
            try container.drop(Self.events, as: "day.csv")
            let entry = try container.journalEntry(Self.kept, secondsMax: 20)
            let fields = [
                "SEGDRIFT_RULE": "slipping", "SEGDRIFT_CUSTOMER": "C-1042", "SEGDRIFT_SEGMENTATION": "value",
                "SEGDRIFT_FROM": "active", "SEGDRIFT_TO": "gone", "SEGDRIFT_DIRECTION": "down",
                "SEGDRIFT_CAUSE": "time", "PRIORITY": "2", "_SYSTEMD_UNIT": "segdriftd.service",
            ]
            for (name, value) in fields { #expect(entry?[name] as? String == value, "\(name)") }
            #expect((entry?["MESSAGE"] as? String)?.contains("Start: retention call within two days.") == true)
            let logged = try container.journalEntry("SEGDRIFT_PART=segdrift PRIORITY=6")
            #expect((logged?["MESSAGE"] as? String)?.hasPrefix("ready:") == true, "\(logged ?? [:])")
            let begun = ContinuousClock.now
            #expect(try container.run("systemctl stop segdriftd", secondsMax: 60).isSuccess)
            #expect(ContinuousClock.now - begun < .seconds(5))
            let ended = try property("Result,ExecMainStatus", container)
            #expect(ended.contains("Result=success") && ended.contains("ExecMainStatus=0"))
            let lines = try container.run("cat /var/lib/segdrift/alerts.ndjson")
            #expect(lines.output.split(separator: "\n").count == 1)
            let archived = try container.run("find /var/spool/segdrift -name '*day.csv' -printf '%P\\n'")
            #expect(archived.output.hasPrefix("archive/"), "\(archived.output)")
            // Nothing but the daemon's own words.
            let noise = try container.run("journalctl -q -o cat _TRANSPORT=stdout _SYSTEMD_UNIT=segdriftd.service")
            #expect(noise.output == "")
        }
    }

    @Test func aKilledDaemonIsStartedAgainAndGoesOn() throws {
        try withContainer(dropIn: "RestartSec=200ms") { container in
            try container.startDaemon()
            try container.drop(Self.events, as: "day.csv")
            _ = try container.journalEntry(Self.kept, secondsMax: 20)
            _ = try container.run("systemctl kill -s KILL segdriftd")
            let again =
                "until [ \"$(systemctl show segdriftd -p NRestarts,SubState --value | xargs)\" = \"running 1\" ] "
                + "|| [ \"$(systemctl show segdriftd -p NRestarts,SubState --value | xargs)\" = \"1 running\" ]; do sleep 0.1; done"
            #expect(try container.run(again).isSuccess)
            try container.drop(
                """
                customer,type,at,amount
                C-9,purchase,2026-05-01T10:00:00Z,20

                """, as: "next.csv")
            let entry = try container.journalEntry("\(Self.kept) SEGDRIFT_CUSTOMER=C-7", secondsMax: 20)
            #expect(entry?["SEGDRIFT_TO"] as? String == "gone")
            let count = try container.run("wc -l < /var/lib/segdrift/alerts.ndjson").output
            #expect(count == "2\n")
        }
    }

    @Test func theWatchdogIsFedByWorkAndKillsWhatIsStuck() throws {
        try withContainer(dropIn: "WatchdogSec=1500ms\nTimeoutAbortSec=1s\nRestartSec=200ms") { container in
            try container.startDaemon()
            _ = try container.run("sleep 4")
            #expect(try property("NRestarts,SubState", container).contains("NRestarts=0"))
            _ = try container.run("kill -STOP $(systemctl show segdriftd -p MainPID --value)")
            let killed = try container.run(
                "until [ \"$(systemctl show segdriftd -p NRestarts --value)\" -ge 1 ]; do sleep 0.1; done")
            #expect(killed.isSuccess)
            let said = try container.run("journalctl -q -o cat -u segdriftd -t systemd --no-pager").output
            #expect(said.contains("Watchdog timeout"), "\(said)")
        }
    }

    @Test func aReloadTakesWhatIsValidAndKeepsWhatWas() throws {
        try withContainer { container in
            try container.startDaemon()
            try container.write("modle: x\n", to: "/etc/segdrift/segdrift.yaml")
            #expect(try container.run("systemctl reload segdriftd").isSuccess)
            let refused = try container.journalEntry("PRIORITY=3 _SYSTEMD_UNIT=segdriftd.service")
            let text = refused?["MESSAGE"] as? String ?? ""
            #expect(text.contains("the old configuration stays in force"))
            #expect(text.contains("segdrift.yaml:1:1: error: unknown key 'modle'"), "\(text)")
            let changed = Self.configuration.replacingOccurrences(of: "alerts.ndjson", with: "other.ndjson")
            try container.write(changed, to: "/etc/segdrift/segdrift.yaml")
            #expect(try container.run("systemctl reload segdriftd").isSuccess)
            #expect(try container.journalEntry("PRIORITY=5 _SYSTEMD_UNIT=segdriftd.service") != nil)
            try container.drop(Self.events, as: "day.csv")
            _ = try container.journalEntry(Self.kept, secondsMax: 20)
            let lines = try container.run("wc -l < /var/lib/segdrift/other.ndjson; ls /var/lib/segdrift")
            #expect(lines.output.hasPrefix("1\n"), "\(lines.output)")
            #expect(try property("SubState,NRestarts", container).contains("SubState=running"))
        }
    }

    @Test func theSandboxIsNarrowAndASecondInstanceIsRefused() throws {
        try withContainer { container in
            try container.startDaemon()
            let inside = "nsenter -t $(systemctl show segdriftd -p MainPID --value) -m sh -c"
            for folder in ["/etc", "/usr", "/etc/segdrift", "/opt"] {
                let tried = try container.run("\(inside) 'touch \(folder)/x'")
                #expect(tried.output.contains("Read-only"), "\(folder): \(tried.output)")
            }
            for folder in ["/var/lib/segdrift", "/var/spool/segdrift/work", "/run/segdrift"] {
                #expect(try container.run("\(inside) 'touch \(folder)/x && rm \(folder)/x'").isSuccess, "\(folder)")
            }
            let name = URL(filePath: Repository.binary).lastPathComponent
            let second = try container.run(
                "setpriv --reuid segdrift --regid segdrift --init-groups env STATE_DIRECTORY=/var/lib/segdrift "
                    + "/opt/segdrift/\(name) run --config /etc/segdrift/segdrift.yaml")
            #expect(second.status == 75, "\(second.output)")
        }
    }

    @Test func theStatusIsServedOnTheSocketThatSystemdOpened() throws {
        try withContainer { container in
            #expect(try container.run("systemctl start segdriftd.socket").isSuccess)
            // The first request starts the daemon.
            let ask = "curl -sS -m 20 --unix-socket /run/segdrift/status.sock http://localhost"
            let live = try container.run("\(ask)/healthz")
            #expect(live.output == "ok\n")
            #expect(try container.run("\(ask)/api/v1/status --retry 3").output.contains("\"model\":\"rig\""))
            #expect(try container.run("\(ask)/ -H 'Host: evil.example' -o /dev/null -w '%{http_code}'").output == "421")
            #expect(try container.run("systemctl stop segdriftd.socket segdriftd").isSuccess)
        }
    }

    @Test func aBadConfigurationEndsWith78AndIsNotRestarted() throws {
        try withContainer { container in
            try container.write("modle: x\n", to: "/etc/segdrift/segdrift.yaml")
            _ = try container.run("systemctl start segdriftd", secondsMax: 90)
            let shown = try property("ActiveState,ExecMainStatus,NRestarts", container)
            #expect(shown.contains("ExecMainStatus=78"))
            #expect(shown.contains("NRestarts=0"))
            #expect(shown.contains("ActiveState=failed"))
            let said = try container.journalEntry("PRIORITY=3 _SYSTEMD_UNIT=segdriftd.service")
            #expect((said?["MESSAGE"] as? String)?.contains("segdrift.yaml:1:1") == true, "\(said ?? [:])")
        }
    }
}

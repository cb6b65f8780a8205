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

    @Test func fromADroppedFileToTheJournalAndACleanEnd() throws {
        let container = try SystemRig.container(executable: Repository.binary)
        defer { container.powerOff() }
        try container.write(Self.configuration, to: "/etc/segdrift/segdrift.yaml")
        try container.write(Self.model, to: "/etc/segdrift/model.yaml")
        let started = try container.run("systemctl start segdriftd", secondsMax: 90)
        let journal = try container.run("journalctl -u segdriftd --no-pager -n 50").output
        try #require(started.isSuccess, "\(journal)")
        let shown = try container.run("systemctl show segdriftd -p ActiveState,SubState,StatusText")
        #expect(shown.output.contains("SubState=running"))
        #expect(!shown.output.contains("StatusText=\n"))
        // As a producer would: a member of the drop group, an ignored name, a rename.
        try container.write(Self.events, to: "/tmp/events.csv")
        let dropped = try container.run(
            """
            useradd -G segdrift-drop producer && chmod 644 /tmp/events.csv && cd /var/spool/segdrift/incoming/shop \
            && setpriv --reuid producer --regid producer --init-groups \
                sh -c 'umask 027; cp /tmp/events.csv .day.tmp && chgrp segdrift-drop .day.tmp && mv .day.tmp day.csv'
            """)
        #expect(dropped.isSuccess, "\(dropped.output)")
        let entry = try container.journalEntry("MESSAGE_ID=ec871ab15a7e461181ab218c8bf49313", secondsMax: 60)
        let fields = [
            "SEGDRIFT_RULE": "slipping", "SEGDRIFT_CUSTOMER": "C-1042", "SEGDRIFT_SEGMENTATION": "value",
            "SEGDRIFT_FROM": "active", "SEGDRIFT_TO": "gone", "SEGDRIFT_DIRECTION": "down",
            "SEGDRIFT_CAUSE": "time", "PRIORITY": "2", "_SYSTEMD_UNIT": "segdriftd.service",
        ]
        for (name, value) in fields { #expect(entry?[name] as? String == value, "\(name)") }
        #expect((entry?["MESSAGE"] as? String)?.contains("Start: retention call within two days.") == true)
        let stopped = try container.run("systemctl stop segdriftd", secondsMax: 60)
        #expect(stopped.isSuccess)
        let ended = try container.run("systemctl show segdriftd -p Result,ExecMainStatus")
        #expect(ended.output.contains("Result=success"))
        #expect(ended.output.contains("ExecMainStatus=0"))
        let lines = try container.run("cat /var/lib/segdrift/alerts.ndjson")
        #expect(lines.output.split(separator: "\n").count == 1)
        let archived = try container.run("find /var/spool/segdrift -name '*day.csv' -printf '%P\\n'")
        #expect(archived.output.hasPrefix("archive/"), "\(archived.output)")
    }

    @Test func aBadConfigurationEndsWith78AndIsNotRestarted() throws {
        let container = try SystemRig.container(executable: Repository.binary)
        defer { container.powerOff() }
        try container.write("modle: x\n", to: "/etc/segdrift/segdrift.yaml")
        _ = try container.run("systemctl start segdriftd", secondsMax: 90)
        let shown = try container.run("systemctl show segdriftd -p ActiveState,ExecMainStatus,NRestarts")
        #expect(shown.output.contains("ExecMainStatus=78"))
        #expect(shown.output.contains("NRestarts=0"))
        #expect(shown.output.contains("ActiveState=failed"))
    }
}

import Foundation
import Testing

/// The rig itself, with a script in the daemon's place: what it cannot see, it cannot prove of the daemon.
@Suite(.enabled(if: SystemRig.isAvailable, Comment(rawValue: SystemRig.why)), .serialized)
struct RigTests {
    /// Says READY, takes a file that was dropped, tells the journal with fields, stops when told.
    private static let script = #"""
        #!/bin/bash
        trap 'systemd-notify STOPPING=1; exit 0' TERM
        spool=/var/spool/segdrift
        mkdir -p $spool/incoming/shop
        systemd-notify --ready --status="watching"
        until [ -e $spool/incoming/shop/day.csv ]; do sleep 0.1; done
        mv $spool/incoming/shop/day.csv $spool/archive/
        printf 'MESSAGE=C-1 moved\nMESSAGE_ID=%s\nPRIORITY=4\nSEGDRIFT_CUSTOMER=C-1\n' \
            ec871ab15a7e461181ab218c8bf49313 | logger --journald
        touch /etc/must-fail 2> /dev/null && exit 7
        while true; do sleep 0.1; done
        """#

    @Test func aServiceIsBootedFedReadAndStoppedUnderTheRealUnit() throws {
        let folder = NSTemporaryDirectory() + "segdrift-rig-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let executable = folder + "/daemon"
        try Self.script.write(toFile: executable, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: executable)
        // The script's helpers are processes of their own.
        let container = try SystemRig.container(executable: executable, dropIn: "NotifyAccess=all\nWatchdogSec=0")
        defer { container.powerOff() }
        let started = try container.run("mkdir -p /etc/segdrift; systemctl start segdriftd", secondsMax: 60)
        #expect(started.isSuccess, "\(started.output)")
        let shown = try container.run("systemctl show segdriftd -p ActiveState,StatusText")
        #expect(shown.output.contains("ActiveState=active"))
        #expect(shown.output.contains("StatusText=watching"))
        try container.write("a,b\n", to: "/var/spool/segdrift/incoming/shop/.day.tmp")
        _ = try container.run("cd /var/spool/segdrift/incoming/shop && mv .day.tmp day.csv")
        let entry = try container.journalEntry("MESSAGE_ID=ec871ab15a7e461181ab218c8bf49313")
        #expect(entry?["SEGDRIFT_CUSTOMER"] as? String == "C-1")
        #expect(entry?["PRIORITY"] as? String == "4")
        // Whose it is, journald cannot say of a helper that has ended already; of the daemon itself others ask it.
        _ = try container.run("systemctl stop segdriftd", secondsMax: 60)
        let ended = try container.run("systemctl show segdriftd -p Result,ExecMainStatus,ActiveState")
        #expect(ended.output.contains("Result=success"))
        #expect(ended.output.contains("ExecMainStatus=0"))
        #expect(ended.output.contains("ActiveState=inactive"))
    }
}

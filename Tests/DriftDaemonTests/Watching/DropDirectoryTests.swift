import Foundation
import Testing

/// The drop directory among people who do not trust each other (fault 97): every member of the drop group adds files, and
/// none but the daemon moves or removes those of another. With real users, by number: nobody needs an account.
@Suite(.enabled(if: DaemonProcess.isBuilt && Person.areThere, "needs root, setpriv and the built executable"))
struct DropDirectoryTests {
    /// As tmpfiles.d and the unit make it; the daemon makes the source's own directory.
    private static func place() throws -> (place: Workplace, daemon: [String]) {
        let place = try Workplace(model: CrashTests.model, sources: CrashTests.source)
        let program = place.root.appendingPathComponent("segdrift").path
        try FileManager.default.copyItem(atPath: DaemonProcess.executable.path, toPath: program)
        try SharedData.run(
            "/bin/sh",
            [
                "-c",
                """
                set -e; cd "$0"; chmod 755 . segdrift; chmod 644 *.yaml
                install -d -o \(Person.daemon.number) -g \(Person.daemon.number) -m 755 spool
                install -d -o \(Person.daemon.number) -g \(Person.daemon.number) -m 750 state
                install -d -o \(Person.daemon.number) -g \(Person.dropGroup) -m 3770 spool/incoming
                : > alerts.ndjson; chown \(Person.daemon.number) alerts.ndjson
                """, place.root.path,
            ])
        let script = "umask 027; exec \"$0\" run --once --config \"$1\" > /dev/null 2>&1"
        return (place, ["/bin/sh", "-c", script, program, place.configPath])
    }

    @Test func membersAddFilesAndOnlyTheDaemonMovesThem() throws {
        let (place, daemon) = try Self.place()
        #expect(Person.daemon.run(daemon))
        let drop = place.root.appendingPathComponent("spool/incoming/shop").path
        let made = try SharedData.run("/usr/bin/stat", ["-c", "%a %u %g", drop])
        #expect(made == "3770 \(Person.daemon.number) \(Person.dropGroup)\n")

        try CrashTests.day("2026-01-10", ["a,purchase,DAY 09:00:00,1,120"]).write(
            toFile: place.root.path + "/given.csv", atomically: false, encoding: .utf8)
        let deliver = "umask 027; cat \(place.root.path)/given.csv > .a.tmp && mv .a.tmp a.csv"
        #expect(Person.producer.shell("cd \(drop) && \(deliver)"))
        // Whoever is in the group may read it, and do nothing else to it.
        #expect(Person.rival.shell("cat \(drop)/a.csv"))
        let attempts = [
            "rm -f a.csv", "mv a.csv b.csv", "ln -sf /etc/shadow a.csv", "echo x >> a.csv", "chmod 666 a.csv",
        ]
        for attempt in attempts {
            #expect(!Person.rival.shell("cd \(drop) && \(attempt)"), "\(attempt)")
        }
        #expect(!Person.stranger.shell("ls \(drop)"))
        #expect(!Person.stranger.shell("echo x > \(drop)/x.csv"))
        #expect(try place.spool("incoming/shop") == ["a.csv"])

        #expect(Person.daemon.run(daemon))
        #expect(try place.spool("incoming/shop") == [])
        let files = try DatabaseContent.rows(place.databasePath, of: "files")
        #expect(files.count == 1 && files[0].contains("state=archived") && files[0].contains("accepted=1"), "\(files)")
        // Out of the producers' reach.
        #expect(!Person.producer.shell("ls \(place.root.path)/spool/archive"))
    }
}

/// A user whose own group has the same number, and who may be in the drop group.
struct Person {
    let number: Int
    let isMember: Bool

    static let areThere = geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")

    static let daemon = Person(number: 61_001, isMember: true)
    static let producer = Person(number: 61_002, isMember: true)
    static let rival = Person(number: 61_003, isMember: true)
    static let stranger = Person(number: 61_004, isMember: false)
    static let dropGroup = 61_010

    /// - Returns: Whether the command ended well.
    func run(_ command: [String]) -> Bool {
        let groups = isMember ? ["--groups", "\(Self.dropGroup)"] : ["--clear-groups"]
        let user = ["--reuid", "\(number)", "--regid", "\(number)"] + groups
        return (try? SharedData.run("/usr/bin/setpriv", user + command)) != nil
    }

    func shell(_ script: String) -> Bool { run(["/bin/sh", "-c", "{ \(script); } 2> /dev/null"]) }
}

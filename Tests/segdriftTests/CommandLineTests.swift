import ArgumentParser
import Testing

@testable import segdrift

@Suite struct CommandLineTests {
    /// What ends the process before a command runs, as its exit code.
    static func code(_ arguments: [String]) -> Int32? {
        do {
            _ = try Segdrift.parseAsRoot(arguments)
            return nil
        } catch {
            return Segdrift.exitCode(for: error).rawValue
        }
    }

    @Test(arguments: [
        ["frobnicate"], ["run", "--as-of", "2026-01-01"], ["run", "--once", "--as-of", "soon"],
        ["simulate", "--customers", "0", "--days", "1", "--seed", "1", "--out", "x"],
        ["simulate", "--customers", "5", "--days", "3", "--seed", "1", "--out", "x", "--shock", "4:0.1"],
        ["simulate", "--customers", "5", "--days", "3", "--seed", "1", "--out", "x", "--format", "table"],
        ["explain"], ["explain", "C-1", "--transition", "2"], ["segments", "--window", "x"], ["eval", "--wiht", "x=1"],
        ["eval", "1", "--with", "x"], ["forecast", "--within", "3"], ["files", "--state", "gone"], ["init"],
        ["alerts", "list", "--state", "sent"], ["alerts", "--severity", "loud"], ["alerts", "retry"],
        ["alerts", "retry", "ab", "--all"], ["alerts", "silence", "--rule", "x"], ["alerts", "silence", "--for", "4h"],
        ["alerts", "silence", "--rule", "x", "--for", "soon"],
        ["alerts", "silence", "--rule", "x", "--for", "1h", "--until", "2026-01-01"], ["alerts", "silence", "expire"],
        ["actions", "--area", "sales.script"], ["actions", "champions", "--customer", "C-1"],
        ["load"], ["load", "a.csv"], ["load", "shop=a.csv", "--as-of", "soon"], ["quarantine", "requeue"],
        ["quarantine", "drop"], ["quarantine", "show"],
    ])
    func misuseIsAUsageError(arguments: [String]) {
        #expect(Self.code(arguments) == ExitStatus.usage)
    }

    @Test(arguments: [
        ["eval", "-5 + 3"], ["eval", "1", "+", "2"], ["run", "--once", "--as-of", "2026-01-01"],
        ["--config", "x.yaml", "status"], ["status", "--json", "--db", "x.sqlite"], ["quarantine", "list"],
        ["alerts"], ["alerts", "--rule", "x", "--undelivered"], ["alerts", "list", "--severity", "critical"],
        ["alerts", "retry", "--all"], ["alerts", "retry", "0a1b", "--destination", "crm"],
        ["alerts", "silence", "--rule", "x", "--for", "4h", "--comment", "y", "--by", "z"],
        ["alerts", "silence", "list", "--all"], ["alerts", "silence", "expire", "3"],
        ["actions"], ["actions", "--area", "sales"], ["actions", "value.lost"],
        ["load", "shop=", "a.csv", "web=b.csv"], ["verify", "--quick"], ["quarantine", "requeue", "--all"],
        ["quarantine", "drop", "--code", "missing_field"], ["quarantine", "show", "12", "--record", "3"],
        ["transitions", "--from", "null", "--limit", "0", "--format", "csv"],
        ["simulate", "--customers", "5", "--days", "3", "--seed", "1", "--out", "x", "--shock", "3:0.1"],
    ])
    func properUseIsUnderstood(arguments: [String]) {
        #expect(Self.code(arguments) == nil)
    }

    @Test func globalOptionsMayStandOnEitherSideOfTheCommand() throws {
        let before = try #require(try Segdrift.parseAsRoot(["--config", "x.yaml", "-q", "init", "d"]) as? Init)
        let after = try #require(try Segdrift.parseAsRoot(["init", "d", "--config", "x.yaml", "-q"]) as? Init)
        #expect(before.global.config == "x.yaml" && before.global.quiet)
        #expect(after.global.config == "x.yaml" && after.global.quiet)
    }

    @Test func everyCommandHasAnExample() {
        let groups = Segdrift.configuration.groupedSubcommands.flatMap(\.subcommands)
        #expect(groups.count >= 14)
        for command in groups where command != Quarantine.self && command != Alerts.self {
            let help = Segdrift.helpMessage(for: command)
            #expect(help.contains("EXAMPLES") && help.contains("segdrift \(command._commandName)"), "\(command)")
        }
    }

    @Test func lengthsOfTimeAreReadLikeInTheConfiguration() {
        #expect(Duration.seconds("90s") == 90)
        #expect(Duration.seconds("7d") == 604_800)
        #expect(Duration.seconds("d") == nil)
        #expect(Duration.seconds("-1d") == nil)
        #expect(Duration.seconds("99999999999999999d") == nil)
    }
}

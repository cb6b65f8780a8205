import Foundation
import Testing

/// The unit files, judged by systemd itself.
@Suite(.enabled(if: Command.exists("systemd-analyze"), "systemd-analyze is not installed"))
struct UnitFilesTests {
    /// Runs a body with the units in a directory of its own, the executable replaced by one that exists here.
    private func withUnits(_ body: (String) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "segdrift-units-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for name in ["segdriftd.service", "segdriftd.socket"] {
            let text = try String(contentsOfFile: Repository.root + "systemd/" + name, encoding: .utf8)
            try text.replacing("/usr/bin/segdrift ", with: "/usr/bin/true ")
                .write(toFile: directory + "/" + name, atomically: true, encoding: .utf8)
        }
        try body(directory)
    }

    @Test(arguments: ["segdriftd.service", "segdriftd.socket"])
    func systemdFindsNothingWrong(name: String) throws {
        try withUnits { directory in
            let result = try Command.run(["systemd-analyze", "verify", "--man=no", "\(directory)/\(name)"])
            #expect(result.isSuccess)
            #expect(result.output == "")
        }
    }

    @Test func theServiceIsExposedLittle() throws {
        try withUnits { directory in
            let result = try Command.run([
                "systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager",
                "\(directory)/segdriftd.service",
            ])
            #expect(result.isSuccess, "\(result.output.suffix(200))")
        }
    }

    @Test func noLineHasATrailingComment() throws {
        for name in ["segdriftd.service", "segdriftd.socket"] {
            let text = try String(contentsOfFile: Repository.root + "systemd/" + name, encoding: .utf8)
            let found = text.split(separator: "\n").filter { !$0.hasPrefix("#") && $0.contains(" #") }
            #expect(found == [])
        }
    }

    @Test func theCatalogueIsAccepted() throws {
        guard Command.exists("journalctl") else { return }
        let directory = NSTemporaryDirectory() + "segdrift-catalogue-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory + "/usr/lib/systemd/catalog", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.copyItem(
            atPath: Repository.root + "systemd/segdrift.catalog",
            toPath: directory + "/usr/lib/systemd/catalog/segdrift.catalog")
        let updated = try Command.run(["journalctl", "--root=\(directory)", "--update-catalog"])
        #expect(updated.isSuccess, "\(updated.output)")
        let listed = try Command.run(["journalctl", "--root=\(directory)", "--list-catalog", "--no-pager"])
        #expect(listed.output.split(separator: "\n").count == 6)
    }
}

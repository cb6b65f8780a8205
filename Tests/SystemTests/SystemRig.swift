import Foundation

/// Whether this machine can boot a container, and what goes into it.
enum SystemRig {
    /// `SEGDRIFT_SYSTEM=1` demands it, `0` forbids it; else it is tried where it can be.
    static let isAvailable: Bool = {
        switch ProcessInfo.processInfo.environment["SEGDRIFT_SYSTEM"] {
        case "1": true
        case "0": false
        default: geteuid() == 0 && canStartContainers
        }
    }()

    /// `SEGDRIFT_SYSTEM=1`: the daemon's own scenarios take longer and want a fresh build.
    static let isDemanded = ProcessInfo.processInfo.environment["SEGDRIFT_SYSTEM"] == "1"

    static let why = "needs root, systemd-container and a machine that may boot containers (or SEGDRIFT_SYSTEM=1)"

    static let hasBinary = FileManager.default.isExecutableFile(atPath: Repository.binary)

    private static var canStartContainers: Bool {
        guard Command.exists("systemd-nspawn"), Command.exists("nsenter"), Command.exists("pgrep") else {
            return false
        }
        let probe = [
            "systemd-nspawn", "-q", "-D", "/", "--volatile=yes", "--register=no", "--keep-unit",
            "--private-network", "--console=pipe", "--machine=segdrift-probe", "--as-pid2", "/usr/bin/true",
        ]
        return (try? Command.run(probe, secondsMax: 20).isSuccess) ?? false
    }

    /// A container with the unit, the accounts and the spool in place, and `executable` as the daemon.
    /// - Parameter dropIn: Further lines of the `[Service]` section.
    static func container(executable: String, dropIn: String = "") throws -> Container {
        let folder = URL(filePath: executable).deletingLastPathComponent().path(percentEncoded: false)
        let name = URL(filePath: executable).lastPathComponent
        let binds =
            [(folder, "/opt/segdrift"), (Repository.root + "systemd", "/opt/systemd")]
            + (try toolchainFolders(of: executable)).map { ($0, $0) }
        let container = try boot(binds)
        do {
            try container.write(
                """
                [Service]
                ExecStart=
                ExecStart=/opt/segdrift/\(name) run --config /etc/segdrift/segdrift.yaml
                \(dropIn)
                """, to: "/run/systemd/system/segdriftd.service.d/rig.conf")
            let setUp = try container.run(
                """
                set -e
                cp /opt/systemd/segdriftd.service /opt/systemd/segdriftd.socket /run/systemd/system/
                systemd-sysusers /opt/systemd/sysusers.d/segdrift.conf
                systemd-tmpfiles --create /opt/systemd/tmpfiles.d/segdrift.conf
                systemctl daemon-reload
                """)
            guard setUp.isSuccess else { throw Container.BootFailure(description: setUp.output) }
        } catch {
            container.powerOff()
            throw error
        }
        return container
    }

    /// Boots; a machine busy with builds may need a second try.
    private static func boot(_ binds: [(host: String, inside: String)]) throws -> Container {
        do {
            return try Container(binds: binds)
        } catch is Container.BootFailure {
            return try Container(binds: binds)
        }
    }

    /// Folders of the libraries that an executable needs and the container's `/usr` has not: the toolchain's.
    private static func toolchainFolders(of executable: String) throws -> [String] {
        let listed = try Command.run(["ldd", executable]).output
        let folders = listed.split(separator: "\n").compactMap { line -> String? in
            guard let start = line.range(of: "=> /") else { return nil }
            let path = "/" + line[start.upperBound...].prefix { $0 != " " }
            let folder = path.split(separator: "/").dropLast().joined(separator: "/")
            return ["usr/", "lib/", "lib64"].contains { folder.hasPrefix($0) } || folder == "lib" ? nil : "/" + folder
        }
        return Set(folders).sorted()
    }
}

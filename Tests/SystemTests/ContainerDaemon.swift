import Foundation
import Testing

/// The daemon in a container, as people and producers deal with it.
extension Container {
    /// Starts the unit.
    func startDaemon() throws {
        let started = try run("systemctl start segdriftd", secondsMax: 90)
        let journal = try run("journalctl -u segdriftd --no-pager -n 50").output
        try #require(started.isSuccess, "\(journal)")
    }

    /// Drops a file as a producer would: a member of the drop group, an ignored name, a rename.
    func drop(_ text: String, as name: String, source: String = "shop") throws {
        try write(text, to: "/tmp/\(name)")
        let dropped = try run(
            """
            id -u producer > /dev/null 2>&1 || useradd -U -G segdrift-drop producer
            chmod 644 /tmp/\(name) && cd /var/spool/segdrift/incoming/\(source) \
            && setpriv --reuid producer --regid producer --init-groups \
                sh -c 'umask 027; cp /tmp/\(name) .\(name).tmp && chgrp segdrift-drop .\(name).tmp && mv .\(name).tmp \(name)'
            """)
        try #require(dropped.isSuccess, "\(dropped.output)")
    }

    /// Runs a command of ours inside, as the daemon's user.
    func segdrift(_ arguments: String, secondsMax: Int = 30) throws -> CommandResult {
        let name = URL(filePath: Repository.binary).lastPathComponent
        return try run(
            "setpriv --reuid segdrift --regid segdrift --init-groups /opt/segdrift/\(name) \(arguments) "
                + "--config /etc/segdrift/segdrift.yaml", secondsMax: secondsMax)
    }

    /// Alerts as `segdrift alerts` has them.
    func alerts() throws -> [ToldAlert] {
        let text = try segdrift("alerts list --format ndjson").output
        return try text.split(separator: "\n").map { try JSONDecoder().decode(ToldAlert.self, from: Data($0.utf8)) }
    }

    /// Entries of the daemon's alerts, as `journalctl -o json` reads them.
    func journalOfAlerts() throws -> [[String: String]] {
        // What journald has taken is in its files only after this.
        _ = try run("journalctl --sync")
        let text = try run("journalctl -q --no-pager -o json -n all _SYSTEMD_UNIT=segdriftd.service", secondsMax: 60)
            .output
        return try text.split(separator: "\n").compactMap { line in
            let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
            return entry["SEGDRIFT_ALERT_ID"] == nil ? nil : entry.compactMapValues { $0 as? String }
        }
    }
}

/// An alert and its deliveries.
struct ToldAlert: Decodable {
    struct Delivery: Decodable {
        var destination: String
        var state: String
        var last_error: String?
    }

    var alert_id: String
    var rule: String
    var severity: String
    var kind: String
    var state: String
    var customer: String?
    var segmentation: String?
    var from_segment: String?
    var to_segment: String?
    var suppressed_by: String?
    var summary: String
    var deliveries: [Delivery]

    /// How its delivery to a destination stands; nil: it has none.
    func state(at destination: String) -> String? { deliveries.first { $0.destination == destination }?.state }
}

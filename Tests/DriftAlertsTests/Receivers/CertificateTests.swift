import DriftModel
import Foundation
import Testing

@testable import DriftAlerts

/// An authority of this test's own and certificates of it, made by the system's openssl.
private final class Authority {
    static let program = "/usr/bin/openssl"
    static let isAvailable = FileManager.default.isExecutableFile(atPath: program) && LoopbackReceiver.isAvailable

    let directory: URL
    var certificate: String { path("ca.pem") }

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "segdrift-ca-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory.appending(path: "issued"), withIntermediateDirectories: true)
        try run([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            "/CN=authority", "-days", "30", "-keyout", path("ca.key"), "-out", path("ca.pem"),
        ])
        try write("issued/index", "")
        try write("issued/serial", "01\n")
        try write(
            "ca.cnf",
            """
            [ca]
            default_ca = this
            [this]
            database = \(path("issued/index"))
            serial = \(path("issued/serial"))
            new_certs_dir = \(path("issued"))
            certificate = \(path("ca.pem"))
            private_key = \(path("ca.key"))
            default_md = sha256
            unique_subject = no
            policy = any
            [any]
            commonName = supplied

            """)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// A certificate for names, as openssl writes them (`IP:127.0.0.1`), valid until a year.
    func issue(_ name: String, for names: String, untilYear year: Int) throws -> (certificate: String, key: String) {
        try run([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", path("\(name).key"), "-out", path("\(name).csr"),
        ])
        try write("\(name).ext", "subjectAltName = \(names)\n")
        try run([
            "ca", "-batch", "-notext", "-config", path("ca.cnf"), "-in", path("\(name).csr"), "-out",
            path("\(name).pem"), "-extfile", path("\(name).ext"), "-startdate", "20200101000000Z", "-enddate",
            "\(year)0201000000Z",
        ])
        return (path("\(name).pem"), path("\(name).key"))
    }

    private func path(_ name: String) -> String { directory.appending(path: name).path }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: directory.appending(path: name))
    }

    private func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: Self.program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }
}

/// TLS fails closed: fault 75 of the catalogue.
@Suite(.enabled(if: Authority.isAvailable, "needs openssl and python3"))
struct CertificateTests {
    enum Fault: String, CaseIterable {
        /// Expired; for another name; of an authority that is not trusted.
        case expired, otherName, unknownAuthority
    }

    @Test(arguments: Fault.allCases)
    func aCertificateThatIsNotInOrderIsNotTalkedTo(fault: Fault) async throws {
        let authority = try Authority()
        let pair =
            switch fault {
            case .expired: try authority.issue("old", for: "IP:127.0.0.1", untilYear: 2021)
            case .otherName: try authority.issue("other", for: "DNS:crm.example", untilYear: 2049)
            case .unknownAuthority: try authority.issue("good", for: "IP:127.0.0.1", untilYear: 2049)
            }
        let receiver = try LoopbackReceiver(certificate: pair)
        let scene = try OutboxScene([
            .hook(
                receiver.url.replacingOccurrences(of: "http:", with: "https:"),
                authorities: fault == .unknownAuthority ? nil : authority.certificate)
        ])
        try scene.tell(1)
        #expect(try await scene.drain("crm").delivered == 0)
        #expect(try receiver.requests().isEmpty)
        let error = try #require(try scene.deliveries("crm").first?.error)
        #expect(error.hasPrefix(fault == .otherName ? "tls: the certificate is for" : "tls: the certificate is not to"))
        #expect(try scene.states("crm") == ["pending": 1])
        try scene.note(75, "crm", receiver)
    }

    @Test func anAuthorityNamedInTheConfigurationIsTrusted() async throws {
        let authority = try Authority()
        let pair = try authority.issue("good", for: "IP:127.0.0.1", untilYear: 2049)
        let receiver = try LoopbackReceiver(certificate: pair)
        let scene = try OutboxScene([
            .hook(
                receiver.url.replacingOccurrences(of: "http:", with: "https:"), authorities: authority.certificate)
        ])
        try scene.tell(2)
        let report = try await scene.drain("crm")
        #expect(report.delivered == 2, "\(report)")
        #expect(try receiver.requests().count == 2)
        try scene.note(75, "crm", receiver)
    }
}

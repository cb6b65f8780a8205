import Foundation
import Systemd
import Testing

@Suite struct CredentialsTests {
    private func withDirectory(_ files: [String: String], _ body: (Credentials) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("segdrift-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, text) in files { try Data(text.utf8).write(to: directory.appendingPathComponent(name)) }
        try body(Credentials(environment: ["CREDENTIALS_DIRECTORY": directory.path]))
    }

    @Test func aSecretIsReadWithoutTheEditorsLineBreak() throws {
        try withDirectory(["crm-secret": "s3cret\n"]) { credentials in
            let secret = try credentials.read("crm-secret")
            #expect(secret == Array("s3cret".utf8))
        }
    }

    @Test func aNameCannotLeaveTheDirectory() throws {
        try withDirectory([:]) { credentials in
            #expect(throws: CredentialError.self) { try credentials.read("../../etc/passwd") }
            #expect(throws: CredentialError.self) { try credentials.read("..") }
        }
    }

    @Test func anEmptySecretIsAnError() throws {
        try withDirectory(["empty": "\n"]) { credentials in
            #expect(throws: CredentialError.self) { try credentials.read("empty") }
        }
    }

    @Test func theErrorSaysWhatToAddToTheUnit() throws {
        let error = #expect(throws: CredentialError.self) { try Credentials(environment: [:]).read("crm-secret") }
        #expect(error?.description.contains("LoadCredential=crm-secret:") == true)
    }
}

@Suite struct ListenSocketsTests {
    @Test func passedSocketsHaveNumbersFromThreeAndNames() {
        let environment = ["LISTEN_PID": "9", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "status"]
        let sockets = ListenSockets(environment: environment, processID: 9, closeOnExec: { _ in })
        #expect(
            sockets.sockets == [
                .init(name: "status", descriptor: 3), .init(name: "unknown", descriptor: 4),
            ])
    }

    @Test func socketsOfAnotherProcessAreNotOurs() {
        let environment = ["LISTEN_PID": "9", "LISTEN_FDS": "2"]
        #expect(ListenSockets(environment: environment, processID: 8, closeOnExec: { _ in }).sockets.isEmpty)
    }
}

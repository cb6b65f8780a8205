import Foundation

/// `Tests/Receivers/receiver.py` in a process of its own: a webhook receiver that knows nothing of our code.
final class LoopbackReceiver {
    /// What it does with a request.
    struct Answer: Encodable {
        var status = 200
        var headers: [String: String] = [:]
        var body = ""
        /// `answer`, `hang`, `drip`, `endless`, `reset`, `cut` or `die`.
        var manner = "answer"

        enum CodingKeys: String, CodingKey {
            case status, headers, body
            case manner = "do"
        }

        static let taken = Answer()
    }

    /// What it noted of a request.
    struct Request: Decodable {
        var id: String
        var timestamp: String?
        var signatures: Int
        /// Numbers of the secrets with which it verifies.
        var verifies: [Int]
        /// Whether the id had been taken before.
        var seen: Bool
        var digest: String
        var type: String?
        var path: String
        var host: String?
        var status: Int
    }

    static let isAvailable = PythonProgram.isAvailable

    let port: Int
    private let program: PythonProgram
    private let log: URL

    /// - Parameters:
    ///   - answers: One after another, the last one for ever.
    ///   - port: nil: a free one.
    ///   - log: nil: a new one; that of an earlier receiver goes on.
    ///   - certificate: PEM files; nil: plain HTTP.
    init(
        answers: [Answer] = [.taken], secrets: [String] = [], port: Int? = nil, log: URL? = nil,
        certificate: (certificate: String, key: String)? = nil
    ) throws {
        let directory = FileManager.default.temporaryDirectory
        let script = directory.appending(path: "receiver-\(UUID().uuidString).json")
        try JSONEncoder().encode(answers).write(to: script)
        defer { try? FileManager.default.removeItem(at: script) }
        self.log = log ?? directory.appending(path: "receiver-\(UUID().uuidString).ndjson")
        var arguments: [String] = ["--log", self.log.path, "--script", script.path]
        for secret in secrets { arguments += ["--secret", secret] }
        if let port { arguments += ["--port", String(port)] }
        if let certificate {
            arguments += ["--certificate", certificate.certificate, "--key", certificate.key]
        }
        program = try PythonProgram("Tests/Receivers/receiver.py", arguments)
        // It prints its port once it listens.
        guard let said = program.line(), let port = Int(said) else { throw Silent() }
        self.port = port
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: log)
    }

    struct Silent: Error {}

    /// Where it listens.
    var url: String { "http://127.0.0.1:\(port)/hook" }

    /// All requests so far.
    func requests() throws -> [Request] { try Self.requests(log) }

    static func requests(_ log: URL) throws -> [Request] {
        guard FileManager.default.fileExists(atPath: log.path) else { return [] }
        return try String(contentsOf: log, encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(Request.self, from: Data($0.utf8))
        }
    }

    /// Ends it; nothing listens on the port any more.
    func stop() { program.stop() }
}

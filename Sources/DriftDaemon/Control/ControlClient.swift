import AsyncHTTPClient
import DriftIntake
public import DriftModel
import DriftStore
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Has a command done: by the daemon when it runs, else here, under the instance lock.
public struct ControlClient: Sendable {
    private let configuration: Configuration
    private let now: @Sendable () -> Instant
    /// How long the daemon may take, a chunk under way included.
    private let seconds: Int64

    /// - Parameters:
    ///   - configuration: Says where the database lies.
    ///   - now: The wall clock.
    ///   - seconds: How long to wait for an answer.
    public init(configuration: Configuration, now: @escaping @Sendable () -> Instant, seconds: Int64 = 60) {
        self.configuration = configuration
        self.now = now
        self.seconds = seconds
    }

    /// Does the command.
    /// - Throws: ``ControlFailure``; ``DaemonError`` or a ``StoreError`` when there is nothing to work on.
    public func perform<Command: ControlCommand>(_ command: Command) async throws -> Command.Reply {
        let directory = configuration.stateDirectory
        guard let lock = try InstanceLock.acquire(directory: directory) else {
            return try await ask(command, at: InstanceLock.note(directory: directory))
        }
        return try withExtendedLifetime(lock) {
            let store = try Store.open(path: configuration.databasePath)
            do {
                let reply = try command.perform(
                    on: ControlGround(store: store, configuration: configuration, now: now()))
                try store.close()
                return reply
            } catch {
                try? store.close()
                throw ControlFailure(explaining: error)
            }
        }
    }

    /// Asks whoever runs on the state directory, if anybody does.
    /// - Returns: nil when nobody answers in time.
    public func ping() async -> Ping.Reply? {
        try? await ask(Ping(), at: InstanceLock.note(directory: configuration.stateDirectory))
    }

    private func ask<Command: ControlCommand>(_ command: Command, at path: String?) async throws -> Command.Reply {
        guard let path, let url = URL(httpURLWithSocketPath: path, uri: "/v1/\(Command.name)") else {
            throw ControlFailure(
                exitCode: 75, "\(configuration.stateDirectory) is in use by a run that takes no commands",
                hint: "try again when it has ended")
        }
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = .POST
        request.headers.add(name: "Connection", value: "close")
        request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(command)))
        let (status, body) = try await exchange(request, path: path)
        guard status == 200 else {
            throw (try? JSONDecoder().decode(ControlFailure.self, from: body))
                ?? ControlFailure(exitCode: 69, "\(path): the daemon answered with status \(status)")
        }
        return try JSONDecoder().decode(Command.Reply.self, from: body)
    }

    private func exchange(_ request: HTTPClientRequest, path: String) async throws -> (UInt, Data) {
        var settings = HTTPClient.Configuration()
        // Who does not listen on a socket of this machine now will not in a moment.
        settings.connectionPool.retryConnectionEstablishment = false
        do {
            return try await HTTPClient.withHTTPClient(configuration: settings) { client in
                let response = try await client.execute(request, timeout: .seconds(seconds))
                let body = try await response.body.collect(upTo: 64 << 20)
                return (response.status.code, Data(body.readableBytesView))
            }
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout {
            throw ControlFailure(
                exitCode: 75, "\(path): no answer within \(seconds) s",
                hint: "the daemon is at a long piece of work; the command may still be done: look before trying again")
        } catch {
            throw ControlFailure(
                exitCode: 69, "\(path): the daemon cannot be reached: \(error)",
                hint: "commands need the daemon's user or group, or root")
        }
    }
}

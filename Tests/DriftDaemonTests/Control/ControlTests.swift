import DriftIntake
import DriftModel
import DriftStore
import DriftWeb
import Foundation
import Logging
import Testing

@testable import DriftDaemon

/// Writes a word into the database: a change such as any command makes.
private struct Remember: ControlCommand {
    static let name = "remember"
    var word: String

    struct Reply: Codable, Equatable {
        var before: String?
    }

    func perform(on ground: ControlGround) throws -> Reply {
        if word.isEmpty { throw ControlFailure(exitCode: 65, "an empty word", hint: "give one") }
        return try ground.store.write { transaction in
            let before = try transaction.meta("word")
            try transaction.setMeta("word", word)
            return Reply(before: before)
        }
    }
}

@Suite struct ControlTests {
    private let place: Workplace
    private let configuration: Configuration
    private let now = Instant(microseconds: 1_700_000_000_000_000)

    init() throws {
        place = try Workplace(
            model: CrashTests.model,
            sources: "  - {name: shop, format: csv}")
        configuration = try Setup.loadConfiguration(
            path: place.configPath, world: World.real(environment: [:])
        ).configuration
        try FileManager.default.createDirectory(
            atPath: configuration.stateDirectory, withIntermediateDirectories: true)
    }

    private var client: ControlClient {
        ControlClient(configuration: configuration, now: { [now] in now }, seconds: 600)
    }

    @Test func aStoppedDaemonsCommandIsDoneUnderItsLock() async throws {
        let replies = try await [
            client.perform(Remember(word: "one")), client.perform(Remember(word: "two")),
        ]
        #expect(replies == [Remember.Reply(before: nil), Remember.Reply(before: "one")])
    }

    @Test func aRunThatTakesNoCommandsSaysBusy() async throws {
        let lock = try #require(try InstanceLock.acquire(directory: configuration.stateDirectory))
        let failure = await #expect(throws: ControlFailure.self) { try await client.perform(Ping()) }
        #expect(failure?.exitCode == 75)
        withExtendedLifetime(lock) {}
    }

    @Test func aHolderThatIsGoneIsUnreachable() async throws {
        let lock = try #require(try InstanceLock.acquire(directory: configuration.stateDirectory))
        lock.leave(note: configuration.stateDirectory + "/nobody.sock")
        let failure = await #expect(throws: ControlFailure.self) { try await client.perform(Ping()) }
        #expect(failure?.exitCode == 69)
    }

    @Test func theRunningDaemonDoesTheSame() async throws {
        try await withDaemon { client in
            let ping = try await client.perform(Ping())
            #expect(ping == Ping.Reply(stateDirectory: configuration.stateDirectory))
            let replies = try await [
                client.perform(Remember(word: "one")), client.perform(Remember(word: "two")),
            ]
            #expect(replies == [Remember.Reply(before: nil), Remember.Reply(before: "one")])
        }
    }

    @Test func whatFailsThereIsToldAsHere() async throws {
        let here = await #expect(throws: ControlFailure.self) { try await client.perform(Remember(word: "")) }
        try await withDaemon { client in
            let there = await #expect(throws: ControlFailure.self) { try await client.perform(Remember(word: "")) }
            #expect(there == here)
            #expect(there?.exitCode == 65)
        }
    }

    @Test func nothingIsTakenWhileItStops() async throws {
        let desk = ControlDesk(commands: [Remember.self]) {}
        desk.close()
        let known = await desk.submit("remember", Array(#"{"word":"x"}"#.utf8))
        let unknown = await desk.submit("forget", [])
        #expect(known.status == 503)
        #expect(unknown.status == 404)
    }

    /// Serves commands as the daemon does, with the lock taken and its place left in the lock file.
    private func withDaemon(_ body: (ControlClient) async throws -> Void) async throws {
        let lock = try #require(try InstanceLock.acquire(directory: configuration.stateDirectory))
        // A Unix socket's path has 107 bytes at most.
        let socket = "/tmp/segdrift-\(UUID().uuidString.prefix(8)).sock"
        lock.leave(note: socket)
        let store = try Store.open(path: configuration.databasePath)
        let (wakeUps, waker) = AsyncStream<Void>.makeStream()
        let desk = ControlDesk(commands: [Ping.self, Remember.self]) { waker.yield() }
        let (listening, listens) = AsyncStream<Void>.makeStream()
        let server = ControlServer(path: socket, logger: Logger(label: "test"), onListening: { listens.yield() }) {
            await desk.submit($0, $1)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask { [configuration, now] in
                for await _ in wakeUps {
                    desk.serve { ControlGround(store: store, configuration: configuration, now: now) }
                }
            }
            for await _ in listening { break }
            try await body(client)
            group.cancelAll()
        }
        try store.close()
        withExtendedLifetime(lock) {}
    }
}

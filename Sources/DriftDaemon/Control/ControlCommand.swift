public import DriftModel
public import DriftStore
import FoundationEssentials

/// A change that a person asks for: done by the running daemon between two chunks, or, while it is stopped, by the
/// command itself under the instance lock. The same code either way, so that it makes no difference which.
public protocol ControlCommand: Codable, Sendable {
    /// What it came to, for the person.
    associatedtype Reply: Codable & Sendable

    /// Its name on the wire, such as `alerts-retry`.
    static var name: String { get }

    /// Does it, in transactions of its own.
    /// - Throws: ``ControlFailure`` with words for the person and an exit code; anything else ends as code 1.
    func perform(on ground: ControlGround) throws -> Reply
}

/// What a command may work on: the database with its only writer, and the spool.
public struct ControlGround {
    public var store: Store
    public var configuration: Configuration
    /// The wall clock.
    public var now: Instant
    /// Called when deliveries of a destination (nil: of all) are to be tried at once, whatever was learnt of it before.
    public var retried: (String?) -> Void
    /// What the daemon waits for to pass; nil: nothing, or it does not run.
    public var trouble: String?

    public init(
        store: Store, configuration: Configuration, now: Instant, trouble: String? = nil,
        retried: @escaping (String?) -> Void = { _ in }
    ) {
        self.trouble = trouble
        self.store = store
        self.configuration = configuration
        self.now = now
        self.retried = retried
    }
}

/// Why a command was not done.
public struct ControlFailure: Error, Codable, Hashable, Sendable, CustomStringConvertible {
    /// As in `sysexits.h`.
    public var exitCode: Int32
    /// What is wrong, where, and why.
    public var message: String
    /// What to do about it.
    public var hint: String?

    public init(exitCode: Int32 = 1, _ message: String, hint: String? = nil) {
        self.exitCode = exitCode
        self.message = message
        self.hint = hint
    }

    public var description: String { message + (hint.map { " (\($0))" } ?? "") }

    /// Any error in these words.
    init(explaining error: any Error) {
        switch DaemonError.explaining(error) ?? error {
        case let failure as ControlFailure: self = failure
        case let error as DaemonError: self.init(exitCode: error.exitCode, error.message, hint: error.hint)
        default: self.init("\(error)")
        }
    }
}

extension ControlCommand {
    /// Reads the command from its JSON and does it.
    /// - Returns: The reply as JSON.
    static func perform(json: [UInt8], on ground: ControlGround) throws -> [UInt8] {
        let command: Self
        do {
            command = try JSONDecoder().decode(Self.self, from: Data(json))
        } catch {
            throw ControlFailure(exitCode: 64, "\(name): the arguments are not what the command takes: \(error)")
        }
        return Array(try JSONEncoder().encode(command.perform(on: ground)))
    }
}

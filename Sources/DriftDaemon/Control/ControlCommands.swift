/// Every command the control socket takes.
enum ControlCommands {
    static let all: [any ControlCommand.Type] = [
        Ping.self, QuarantineRequeue.self, QuarantineDrop.self, AlertsRetry.self, AlertsSilence.self,
        AlertsExpireSilence.self,
    ]

    /// The command of a name; nil: there is none.
    static func named(_ name: String, among commands: [any ControlCommand.Type] = all) -> (any ControlCommand.Type)? {
        commands.first { $0.name == name }
    }
}

/// Says that somebody is there, where its database lies, and what keeps it from working.
public struct Ping: ControlCommand {
    public static let name = "ping"

    /// Whom one is talking to.
    public struct Reply: Codable, Hashable, Sendable {
        public var stateDirectory: String
        /// Why it pauses; nil: it does not.
        public var trouble: String?

        public init(stateDirectory: String, trouble: String? = nil) {
            self.stateDirectory = stateDirectory
            self.trouble = trouble
        }
    }

    public init() {}

    /// Touches nothing.
    public func perform(on ground: ControlGround) -> Reply {
        Reply(stateDirectory: ground.configuration.stateDirectory, trouble: ground.trouble)
    }
}

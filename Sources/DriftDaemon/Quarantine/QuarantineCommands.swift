/// Gives what was refused another try.
public struct QuarantineRequeue: ControlCommand {
    public static let name = "quarantine-requeue"
    /// What became of it.
    public typealias Reply = QuarantineOutcome

    public var choice: QuarantineChoice

    public init(_ choice: QuarantineChoice) {
        self.choice = choice
    }

    /// Files and records are claimed anew; the daemon reads them in its next turn.
    public func perform(on ground: ControlGround) throws -> QuarantineOutcome {
        try QuarantineDesk(store: ground.store, configuration: ground.configuration, now: ground.now).requeue(choice)
    }
}

/// Gives up what was refused.
public struct QuarantineDrop: ControlCommand {
    public static let name = "quarantine-drop"
    /// What became of it.
    public typealias Reply = QuarantineOutcome

    public var choice: QuarantineChoice

    public init(_ choice: QuarantineChoice) {
        self.choice = choice
    }

    /// Deletes it at once.
    public func perform(on ground: ControlGround) throws -> QuarantineOutcome {
        try QuarantineDesk(store: ground.store, configuration: ground.configuration, now: ground.now).drop(choice)
    }
}

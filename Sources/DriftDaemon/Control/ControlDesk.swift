import DriftWeb
import FoundationEssentials
import Synchronization

/// Where commands wait until the work has come to the end of a transaction.
final class ControlDesk: Sendable {
    private struct Request {
        var command: any ControlCommand.Type
        var body: [UInt8]
        var answer: CheckedContinuation<ControlServer.Answer, Never>
    }

    private struct State {
        var waiting: [Request] = []
        /// Why nothing is taken any more; nil: it is.
        var closed: ControlFailure?
    }

    private let state = Mutex(State())
    private let commands: [any ControlCommand.Type]
    private let wake: @Sendable () -> Void

    /// - Parameter wake: Called when there is something to serve.
    init(commands: [any ControlCommand.Type] = ControlCommands.all, wake: @escaping @Sendable () -> Void) {
        self.commands = commands
        self.wake = wake
    }

    /// Hands a command to the work and waits until it is done.
    func submit(_ name: String, _ body: [UInt8]) async -> ControlServer.Answer {
        guard let command = ControlCommands.named(name, among: commands) else {
            return Self.refusal(
                ControlFailure(
                    exitCode: 64, "there is no command '\(name)'",
                    hint: "the daemon may be older than this command: restart it"), status: 404)
        }
        return await withCheckedContinuation { answer in
            let closed = state.withLock { state in
                if state.closed == nil {
                    state.waiting.append(Request(command: command, body: body, answer: answer))
                }
                return state.closed
            }
            if let closed { answer.resume(returning: Self.refusal(closed, status: 503)) } else { wake() }
        }
    }

    /// Does all that wait, one after another. Called by the work between transactions; the ground is asked for only
    /// when somebody waits.
    func serve(on ground: () -> ControlGround) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for request in waiting {
            do {
                let body = try request.command.perform(json: request.body, on: ground())
                request.answer.resume(returning: ControlServer.Answer(status: 200, body: body))
            } catch {
                request.answer.resume(returning: Self.refusal(ControlFailure(explaining: error), status: 422))
            }
        }
    }

    /// Nothing is taken any more; who waits is told so.
    func close() {
        let failure = ControlFailure(
            exitCode: 75, "the daemon is stopping", hint: "try again when it has stopped or started again")
        let waiting = state.withLock { state in
            state.closed = failure
            defer { state.waiting = [] }
            return state.waiting
        }
        for request in waiting { request.answer.resume(returning: Self.refusal(failure, status: 503)) }
    }

    private static func refusal(_ failure: ControlFailure, status: Int) -> ControlServer.Answer {
        let body = try? JSONEncoder().encode(failure)
        return ControlServer.Answer(status: status, body: Array(body ?? Data()))
    }
}

import ArgumentParser
import DriftDaemon
import DriftEngine
import DriftModel
import DriftStore
import Glibc

/// Exit codes, those of `sysexits.h` where they fit.
enum ExitStatus {
    static let failed: Int32 = 1
    static let usage: Int32 = 64
    static let badData: Int32 = 65
    static let unreachable: Int32 = 69
    static let cannotCreate: Int32 = 73
    static let busy: Int32 = 75
    static let needsPerson: Int32 = 78
}

/// Why a command ends without having done its work: one line for a person, a code for a script.
struct Failure: Error {
    var code: Int32
    /// What is wrong, where, and why; may be several lines when each stands on its own.
    var message: String
    /// What to do about it.
    var hint: String?

    init(_ code: Int32, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// Any error as a failure; nil when it is one that the argument parser explains better (help, usage).
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as StoreError:
            let code = error.isReadTooLong ? ExitStatus.busy : ExitStatus.failed
            self.init(error.needsPerson ? ExitStatus.needsPerson : code, error.description)
        case let failure as ControlFailure: self.init(failure.exitCode, failure.message, hint: failure.hint)
        case let error as DaemonError: self.init(error.exitCode, error.message, hint: error.hint)
        case let error as StateError: self.init(ExitStatus.needsPerson, error.description)
        case let error as Diagnostics: self.init(ExitStatus.needsPerson, error.description)
        case let error as ExpressionError: self.init(ExitStatus.badData, error.description)
        default: return nil
        }
    }

    /// What the argument parser refuses, in our form; nil for help, completions and the like.
    private static func misuse(_ error: any Error) -> Failure? {
        guard Segdrift.exitCode(for: error) == .validationFailure else { return nil }
        var message = Segdrift.message(for: error).split(separator: "\n").map(String.init)
        let choices = message.filter { $0.hasPrefix("  - ") }.map { $0.dropFirst(4) }.joined(separator: ", ")
        message.removeAll { $0.hasPrefix("  - ") }
        let pointer = Segdrift.fullMessage(for: error).split(separator: "\n").last { $0.contains("--help'") }
        let command = pointer?.split(separator: "'").dropFirst().first.map { "see '\($0)'" }
        return Failure(
            ExitStatus.usage, message.joined(separator: " ") + (choices.isEmpty ? "" : " " + choices), hint: command)
    }

    /// Ends the process, saying why on standard error.
    static func exit(with error: any Error) -> Never {
        guard let failure = Failure(error) ?? misuse(error) else { Segdrift.exit(withError: error) }
        Terminal.complain(failure.message, hint: failure.hint)
        Glibc.exit(failure.code)
    }
}

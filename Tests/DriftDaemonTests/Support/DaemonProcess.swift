import Foundation

/// The built executable in a process of its own, for what cannot be tried inside the test's: being killed.
enum DaemonProcess {
    /// The directory this test bundle was built into.
    static let products: URL = {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["SEGDRIFT_PRODUCTS"] { return URL(fileURLWithPath: named) }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../..").standardizedFileURL
        return package.appendingPathComponent(".build/debug")
    }()

    static var executable: URL { products.appendingPathComponent("segdrift") }
    static var crashShim: URL { products.appendingPathComponent("libCrashShim.so") }

    static let isBuilt: Bool =
        FileManager.default.isExecutableFile(atPath: executable.path)
        && FileManager.default.fileExists(atPath: crashShim.path)

    enum End: Equatable {
        case exited(Int32)
        case killed(Int32)
    }

    /// Runs to the end, output thrown away.
    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> End {
        try await capture(arguments, environment: environment).end
    }

    /// Runs to the end. Waits without holding up other tests.
    static func capture(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> (end: End, output: String, errors: String) {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("segdrift-out-\(UUID().uuidString)")
        let errors = output.appendingPathExtension("err")
        for file in [output, errors] { try Data().write(to: file) }
        defer { for file in [output, errors] { try? FileManager.default.removeItem(at: file) } }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in ended.resume() }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        let status = process.terminationStatus
        return (
            process.terminationReason == .exit ? .exited(status) : .killed(status),
            try String(contentsOf: output, encoding: .utf8), try String(contentsOf: errors, encoding: .utf8)
        )
    }
}

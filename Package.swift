// swift-tools-version: 6.2
import PackageDescription

// Every module of the system, from the ground up. Arrows point down only; `Tests/TidyTests` holds the
// pure ones (DriftModel, DriftEngine, DriftAnalytics, DriftFormats) to having no I/O and no clock.

let strictSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

@MainActor
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strictSettings)
}

@MainActor
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strictSettings)
}

let allTargets: [Target] = [
    // C libraries
    .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLinux"),
    .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),
    .target(
        name: "CExpat", cxxSettings: [.headerSearchPath("../CSimdJSON")], linkerSettings: [.linkedLibrary("expat")]),

    // Pure
    module("DriftModel", [yams, crypto]),
    module("DriftEngine", ["DriftModel"]),
    module("DriftAnalytics", ["DriftEngine", "DriftModel"]),
    module("DriftFormats", ["CZlib", "CZstd", "CSimdJSON", "CExpat"]),

    // Services
    module("DriftStore", ["DriftEngine", "DriftModel", "CSQLite", grdb]),
    module("DriftIntake", ["CLinux", "DriftFormats", "DriftModel", "DriftEngine", "DriftStore", crypto]),
    module("Systemd", ["CSystemd", logging]),
    module(
        "DriftAlerts",
        [
            "CLinux", "DriftStore", "DriftAnalytics", "DriftEngine", "DriftModel", "Systemd", crypto, httpClient,
            nioCore, nioPosix, nioHTTP, nioTLS,
        ]),
    module("DriftWeb", ["DriftStore", "DriftAnalytics", "DriftModel", hummingbird]),
    module(
        "DriftDaemon",
        [
            "CLinux", "DriftModel", "DriftEngine", "DriftAnalytics", "DriftFormats", "DriftIntake", "DriftStore",
            "DriftAlerts", "Systemd", "DriftWeb", httpClient, lifecycle, signals, logging,
        ]),
    .executableTarget(
        name: "segdrift",
        dependencies: [
            "DriftDaemon", "DriftModel", "DriftEngine", "DriftStore", "DriftAnalytics", "DriftWeb", "DriftIntake",
            "DriftAlerts", argumentParser,
        ],
        swiftSettings: strictSettings),

    // Tests
    .target(name: "CrashShim", path: "Tests/CrashShim", linkerSettings: [.linkedLibrary("dl")]),
    // What tests tried of the catalogue's faults of delivery, as a table.
    .target(name: "FaultTable", path: "Tests/FaultTable", swiftSettings: strictSettings),
    // Measures the engine; its smoke size runs in the engine's tests. Not installed.
    .target(name: "AllocationCount", path: "Benchmarks/AllocationCount", publicHeadersPath: "include"),
    .executableTarget(
        name: "engine-bench", dependencies: ["AllocationCount", "DriftEngine", "DriftModel"],
        path: "Benchmarks/Engine", swiftSettings: strictSettings),
    // Measures the readers of formats, and tries them with bent inputs; short runs are in their tests.
    .executableTarget(
        name: "formats-bench", dependencies: ["DriftFormats"], path: "Benchmarks/Formats",
        swiftSettings: strictSettings),
    .executableTarget(
        name: "intake-bench", dependencies: ["DriftIntake", "DriftFormats", "DriftEngine", "DriftModel"],
        path: "Benchmarks/Intake",
        swiftSettings: strictSettings),
    .executableTarget(
        name: "formats-fuzz", dependencies: ["DriftFormats"], path: "Benchmarks/Fuzz", swiftSettings: strictSettings),
    tests("DriftModelTests", ["DriftModel", "CSQLite"]),
    tests("DriftEngineTests", ["DriftEngine", "DriftModel", "engine-bench"]),
    tests("DriftAnalyticsTests", ["DriftAnalytics", "DriftModel"]),
    tests("DriftFormatsTests", ["DriftFormats", "formats-bench", "formats-fuzz"]),
    tests("DriftStoreTests", ["DriftStore", "DriftEngine", "DriftModel", grdb]),
    tests(
        "DriftIntakeTests",
        ["CZstd", "DriftIntake", "DriftFormats", "DriftStore", "DriftEngine", "DriftModel", "intake-bench"]),
    tests("SystemdTests", ["Systemd", logging]),
    tests(
        "DriftAlertsTests",
        [
            "DriftAlerts", "DriftAnalytics", "DriftStore", "DriftEngine", "DriftModel", "Systemd", "FaultTable",
        ]),
    tests("DriftWebTests", ["DriftWeb", "DriftStore", .product(name: "HummingbirdTesting", package: "hummingbird")]),
    tests(
        "DriftDaemonTests",
        [
            "DriftDaemon", "DriftIntake", "DriftAlerts", "DriftStore", "DriftWeb", "DriftEngine", "DriftModel",
            "FaultTable", grdb, logging,
        ]),
    tests("SystemTests", ["DriftModel", "FaultTable"]),
    tests(
        "segdriftTests",
        [
            "segdrift", "DriftDaemon", "DriftIntake", "DriftStore", "DriftEngine", "DriftAnalytics", "DriftModel",
            argumentParser,
        ]),
    tests("TidyTests", []),
]

/// `SEGDRIFT_MODULES=DriftModel,DriftEngine swift test` builds and tests only those modules and what they
/// need: a short inner loop on a small machine. Unset (CI, releases): everything.
@MainActor
func selectedTargets() -> [Target] {
    guard let list = Context.environment["SEGDRIFT_MODULES"], !list.isEmpty else { return allTargets }
    let byName = Dictionary(uniqueKeysWithValues: allTargets.map { ($0.name, $0) })
    var wanted: Set<String> = []
    var queue = list.split(separator: ",").flatMap { [String($0), "\($0)Tests"] }
    while let name = queue.popLast() {
        guard let target = byName[name], wanted.insert(name).inserted else { continue }
        for dependency in target.dependencies {
            switch dependency {
            case .byNameItem(let name, _), .targetItem(let name, _): queue.append(name)
            default: break
            }
        }
    }
    return allTargets.filter { wanted.contains($0.name) }
}

let package = Package(
    name: "segdrift",
    products: selectedTargets().contains { $0.name == "segdrift" }
        ? [
            .executable(name: "segdrift", targets: ["segdrift"]),
            // Loaded into the daemon by the crash tests; not installed.
            .library(name: "CrashShim", type: .dynamic, targets: ["CrashShim"]),
        ] : [],
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: selectedTargets()
)

// swift-tools-version: 6.2
import PackageDescription

// Benchmarks live in a package of their own: the product never depends on what measures it.
let package = Package(
    name: "segdrift-benchmarks",
    targets: [
        .executableTarget(name: "workload", swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)

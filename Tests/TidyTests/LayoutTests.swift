import Testing

@Suite struct LayoutTests {
    /// What a module may import of ours; arrows point down only.
    static let mayImport: [String: Set<String>] = [
        "DriftModel": ["Yams", "Crypto"],
        "DriftEngine": ["DriftModel"],
        "DriftAnalytics": ["DriftModel", "DriftEngine"],
        "DriftFormats": ["CZlib", "CZstd", "CSimdJSON", "CExpat"],
        "DriftStore": ["DriftModel", "DriftEngine", "GRDB", "CSQLite"],
        "DriftIntake": ["CLinux", "DriftModel", "DriftEngine", "DriftFormats", "DriftStore", "Crypto"],
        "Systemd": ["CSystemd", "Logging"],
        "DriftAlerts": [
            "DriftModel", "DriftEngine", "DriftAnalytics", "DriftStore", "Systemd", "AsyncHTTPClient", "Crypto",
            "CLinux", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL",
        ],
        "DriftWeb": [
            "DriftModel", "DriftEngine", "DriftAnalytics", "DriftStore", "Hummingbird", "HummingbirdCore", "HTTPTypes",
            "NIOCore",
            "NIOPosix", "ServiceLifecycle", "Logging",
        ],
        "DriftDaemon": [
            "DriftModel", "DriftEngine", "DriftAnalytics", "DriftFormats", "DriftIntake", "DriftStore", "DriftAlerts",
            "DriftWeb", "Systemd", "ServiceLifecycle", "UnixSignals", "Logging", "Crypto", "AsyncHTTPClient", "NIOCore",
            "NIOHTTP1", "CLinux",
        ],
        "segdrift": [
            "DriftModel", "DriftEngine", "DriftAnalytics", "DriftStore", "DriftIntake", "DriftAlerts", "DriftWeb",
            "DriftDaemon",
            "ArgumentParser",
        ],
    ]
    /// The language's own.
    static let system: Set<String> = [
        "Swift", "Foundation", "FoundationEssentials", "Glibc", "Dispatch", "Synchronization", "Observation",
    ]

    @Test(arguments: mayImport.keys.sorted())
    func importsPointDown(module: String) {
        let allowed = Self.mayImport[module, default: []].union(Self.system)
        let found = SourceTree.sources(of: module).flatMap { file in
            file.imports.filter { !allowed.contains($0.module) }.map { "\(file.path) imports \($0.module)" }
        }
        #expect(found == [])
    }

    @Test func everyModuleIsInTheTable() {
        let modules = Set(SourceTree.sources().map(\.module))
        #expect(modules.subtracting(Self.mayImport.keys) == [])
    }

    @Test func filesFitInTheHead() {
        let long = SourceTree.files.filter { $0.lines.count > ($0.isTest ? 600 : 400) }
        #expect(long.map { "\($0.path): \($0.lines.count) lines; split it by concern" } == [])
    }

    // Spelt in halves, so that this file passes its own test.
    static let marks: Set<String> = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
    static let phrases = ["not " + "implemented", "place" + "holder"]

    @Test func nothingIsLeftForLater() {
        let found = SourceTree.files.flatMap { file in
            file.lines.enumerated().compactMap { number, line in
                let words = line.split { !$0.isLetter && $0 != " " }.map { $0.lowercased() }
                let isLeft =
                    line.split { !$0.isLetter }.contains { Self.marks.contains(String($0)) }
                    || words.contains { text in Self.phrases.contains { text.contains($0) } }
                return isLeft ? "\(file.path):\(number + 1): \(line)" : nil
            }
        }
        #expect(found == [])
    }

    @Test func theLicenceIsThere() throws {
        #expect(try SourceTree.text("LICENSE").contains("Apache License"))
    }
}

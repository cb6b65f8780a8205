import DriftAlerts
import DriftDaemon
import DriftFormats
import DriftEngine
import DriftIntake
import DriftModel
import Testing

@Suite struct ConfigurationLoading {
    private static let least = "model: m.yaml\nsources: [{name: shop}]"

    @Test func whatIsLeftOutHasItsDefault() throws {
        let configuration = try load(Self.least).configuration
        let shop = SourceConfiguration(name: "shop", directory: "/var/spool/segdrift/incoming/shop")
        #expect(configuration == Configuration(model: "/etc/m.yaml", instance: "host", sources: [shop]))
        #expect(configuration.databasePath == "/var/lib/segdrift/segdrift.sqlite")
        #expect(configuration.wallLag == .seconds(0))
        #expect(configuration.futureToleranceSeconds == 3600)
        #expect(configuration.memoryBudgetBytes == 134_217_728)
        #expect(configuration.retention.quarantine == .seconds(7_776_000))
        #expect(shop.limits.fileBytes == 4_294_967_296 && shop.limits.recordBytes == 1_048_576)
    }

    @Test func relativePathsStartFromTheFile() throws {
        let configuration = try load(
            """
            model: ../models/m.yaml
            state_directory: state
            spool_directory: ./spool
            sources: [{name: a, directory: in/a}, {name: b, directory: /srv/b}]
            destinations: {log: {type: file, path: alerts.ndjson}}
            """
        ).configuration
        #expect(configuration.model == "/models/m.yaml")
        #expect(configuration.stateDirectory == "/etc/state")
        #expect(configuration.spoolDirectory == "/etc/spool")
        #expect(configuration.sources.map(\.directory) == ["/etc/spool/in/a", "/srv/b"])
        #expect(configuration.destinations.map(\.kind) == [.file(path: "/etc/state/alerts.ndjson")])
    }

    @Test func systemdSaysWhereStateLiesUnlessTheFileDoes() throws {
        let prepared = ["STATE_DIRECTORY": "/var/lib/private/segdrift:/other"]
        #expect(try load(Self.least, environment: prepared).configuration.stateDirectory == "/var/lib/private/segdrift")
        let named = Self.least + "\nstate_directory: /s"
        #expect(try load(named, environment: prepared).configuration.stateDirectory == "/s")
    }

    @Test func theWholeOfASourceIsRead() throws {
        let source = try load(
            """
            model: m
            sources:
              - name: crm
                match: "*.txt"
                format: csv
                csv: {delimiter: ";", header: false, quote: none}
                encoding: Windows-1252
                complete: quiet 30s
                trust: external
                skip: "c1 = 'x'"
                map: {customer: c2, type: "'visit'", at: date(c3), id: NULL, amount: number(c4)}
                also: [{type: "'profile'", country: c5}]
                null_tokens: ["", "?"]
                max_quarantined: 0.5
                limits: {record: 64KiB, depth: 8}
            """
        ).configuration.sources[0]
        #expect(source.csv == CSVOptions(delimiter: UInt8(ascii: ";"), header: false, quote: nil))
        #expect(source.encoding == .text(.windows1252))
        #expect(source.completion == .quiet(seconds: 30))
        #expect(source.trust == .external)
        #expect(source.skip?.text == "c1 = 'x'")
        #expect(source.skip.map { [$0.line, $0.column] } == [10, 12])
        #expect(source.map?.id?.text == "NULL")
        #expect(source.map?.fields.map(\.name.text) == ["amount"])
        #expect(source.map?.fields.map(\.expression.text) == ["number(c4)"])
        #expect(source.also.map(\.type.text) == ["'profile'"])
        #expect(source.also.flatMap(\.fields).map(\.name.text) == ["country"])
        #expect(source.nullTokens == ["", "?"])
        #expect(source.quarantinedShareMax == 0.5)
        #expect(source.limits.recordBytes == 65_536 && source.limits.depth == 8)
        #expect(source.limits.fileBytes == SourceLimits.external.fileBytes)
    }

    @Test func theKindsOfDestinationsAreRead() throws {
        let destinations = try load(
            """
            model: m
            sources: [{name: a}]
            destinations:
              ops: {type: journal}
              crm: {type: webhook, url: "https://crm.example/h", secret: [credential:a, "file:/etc/b"], rate: 60/min}
              am: {type: alertmanager, url: "http://127.0.0.1:9093", customers: none}
              pager: {type: exec, command: [/usr/bin/page, --stdin], timeout: 30s, customers: hashed}
            """
        ).configuration.destinations
        #expect(destinations.map(\.name) == ["ops", "crm", "am", "pager"])
        #expect(
            destinations.map(\.kind) == [
                .journal, .webhook(url: "https://crm.example/h", secrets: [.credential("a"), .file("/etc/b")]),
                .alertmanager(url: "http://127.0.0.1:9093"), .exec(command: ["/usr/bin/page", "--stdin"]),
            ])
        #expect(destinations.map(\.customers) == [.full, .full, CustomerDetail.none, .hashed])
        #expect(destinations[1].rate == DeliveryRate(count: 60, perSeconds: 60))
        #expect(destinations.map(\.timeoutSeconds) == [15, 15, 15, 30])
    }

    @Test(arguments: [
        ("127.0.0.1:8674", ListenAddress.tcp(host: "127.0.0.1", port: 8674)),
        ("'[::1]:80'", .tcp(host: "::1", port: 80)),
        ("localhost:0", .tcp(host: "localhost", port: 0)), ("unix:/run/s.sock", .unix(path: "/run/s.sock")),
        ("none", ListenAddress.none),
    ])
    func addressesToListenOn(_ text: String, _ address: ListenAddress) throws {
        #expect(try load(Self.least + "\nhttp: {listen: \(text)}").configuration.http.listen == address)
    }

    @Test func listeningForEverybodyIsAWarning() {
        #expect(
            complaints(Self.least + "\nhttp: {listen: \"0.0.0.0:80\"}")
                == "/etc/s.yaml:3:16: warning: everybody who reaches 0.0.0.0 can read the customers' segments "
                + "(listen on 127.0.0.1 and put a proxy with authentication in front)")
    }

    @Test func theExampleOfTheDocumentationLoads() throws {
        guard let text = sharedText("INTERFACES.md") else {
            print("skipped: INTERFACES.md is not beside the repository")
            return
        }
        // The first fenced block is the configuration.
        let blocks = text.split(separator: "```", omittingEmptySubsequences: false)
        let loaded = try load(String(blocks[1].dropFirst("yaml".count)))
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.configuration.sources.map(\.name) == ["shop"])
        #expect(loaded.configuration.destinations.map(\.name) == ["ops", "log", "crm", "am", "pager"])
    }

    @Test func theDeliveredConfigurationFitsItsModel() throws {
        let zones = SystemZones()
        let loaded = try load(repositoryText("config/segdrift.yaml"))
        let model = try ModelLoader.load(
            text: repositoryText("config/models/retail.yaml"), file: "m", zones: zones.lookup)
        #expect(loaded.warnings.isEmpty)
        #expect(ConfigurationLoader.crossCheck(loaded.configuration, model: model.model, modelFile: "m").isEmpty)
    }

    @Test func rulesNotifyDestinationsAndWatchSourcesThatExist() throws {
        let model = try ModelLoader.load(
            text: """
                model: m
                events: {p: {}}
                segmentations: {v: {segments: [{id: x, otherwise: true}]}}
                alerts:
                  - {name: a, on: transition, segmentation: v, notify: [oops]}
                  - {name: b, on: intake, source: shoop, quarantined_above: 0.1, notify: [ops]}
                """, file: "m.yaml", zones: { _ in nil }
        ).model
        var configuration = try load(Self.least + "\ndestinations: {ops: {type: journal}}").configuration
        let found = ConfigurationLoader.crossCheck(configuration, model: model, modelFile: "m.yaml")
        #expect(
            found.map(\.description) == [
                "m.yaml:5: error: alert 'a' notifies 'oops', which is no destination of the configuration "
                    + "(did you mean 'ops'?)",
                "m.yaml:6: error: alert 'b' watches 'shoop', which is no source of the configuration "
                    + "(did you mean 'shop'?)",
            ])
        configuration.destinations = []
        let recordedOnly = ConfigurationLoader.crossCheck(configuration, model: model, modelFile: "m.yaml")
        #expect(recordedOnly.map(\.severity) == [.error, .warning])
    }

    @Test func zonesAreReadFromTheSystemAndNowhereElse() {
        let zones = SystemZones()
        #expect(zones.rules("UTC") == .utc)
        #expect(zones.rules("Europe/London")?.name == "Europe/London")
        for name in [
            "", "Europe/Londn", "../../../etc/passwd", "/etc/passwd", "Europe/../UTC", "posix/UTC", "tzdata.zi",
        ] {
            #expect(zones.rules(name) == nil, "\(name)")
        }
    }
}

import DriftAlerts
import DriftDaemon
import DriftIntake
import DriftModel
import Testing

@Suite struct ConfigurationErrors {
    @Test func everythingWrongIsSaidAtOnce() {
        let text = """
            modell: m.yaml
            wall_lag: nevr
            future_tolerance: 1
            memory_budget: 128 megs
            retention: {archive: for ever, transition: forever}
            privacy: {hash_customers_in_logs: yes}
            http: {listen: 8674}
            sources: {name: shop}
            """
        let found = """
            /etc/s.yaml:1:1: error: unknown key 'modell' in the configuration (did you mean 'model'?)
            /etc/s.yaml:1:1: error: the configuration has no 'model'
            /etc/s.yaml:2:11: error: 'wall_lag' must be a length of time, found the text 'nevr' (did you mean 'never'?)
            /etc/s.yaml:3:19: error: 'future_tolerance' must be a length of time, found the number 1 (a whole number \
            and a unit: 30s, 5m, 36h, 90d and 2w)
            /etc/s.yaml:4:16: error: 'memory_budget' must be a size, found the text '128 megs' (a number and a unit: \
            64KiB, 128MiB, 4GiB)
            /etc/s.yaml:5:22: error: 'archive' must be a length of time, found the text 'for ever' (did you mean \
            'forever'?)
            /etc/s.yaml:5:32: error: unknown key 'transition' in 'retention' (did you mean 'transitions'?)
            /etc/s.yaml:6:35: error: 'hash_customers_in_logs' must be true or false, found the text 'yes'
            /etc/s.yaml:7:16: error: 'listen' must be an address, found the number 8674 (such as 127.0.0.1:8674, \
            [::1]:8674, unix:/path or none)
            /etc/s.yaml:8:10: error: sources must be a list ([a, b]), found a mapping
            """
        #expect(complaints(text) == found)
    }

    @Test func sourcesAreChecked() {
        let text = """
            model: m
            sources:
              - {name: a/b}
              - {name: shop, directory: in, format: cvs, csv: {delimiter: ";;", quote: ";"}, encoding: utf-9}
              - {name: shop, complete: quietly, trust: yes, match: in/*.csv, max_quarantined: 20}
              - {directory: in, map: {customer: c, id: }, also: [{country: c}, {type: t, at: x}], limits: {file: 4G}}
              - {name: web, directory: incoming/same}
              - {name: web2, directory: incoming/same}
            """
        let found = """
            /etc/s.yaml:3:12: error: a source cannot be called 'a/b' (letters, digits, '_', '-' and '.', not first: it \
            names a directory)
            /etc/s.yaml:4:41: error: 'format' cannot be 'cvs' (did you mean 'csv'?)
            /etc/s.yaml:4:63: error: 'delimiter' must be one ASCII character, found the text ';;' (such as ';', or \
            auto, tab)
            /etc/s.yaml:4:92: error: 'encoding' cannot be 'utf-9' (did you mean 'utf-8'?)
            /etc/s.yaml:5:5: error: duplicate source 'shop'
            /etc/s.yaml:5:28: error: 'complete' cannot be the text 'quietly' (accepted: rename, quiet 5s and sidecar \
            .done)
            /etc/s.yaml:5:44: error: 'trust' cannot be 'yes' (accepted: internal, external)
            /etc/s.yaml:5:56: error: 'match' is a pattern of file names, found 'in/*.csv' (such as '*.csv*')
            /etc/s.yaml:5:83: error: 'max_quarantined' must be from 0 to 1 (found 20)
            /etc/s.yaml:6:5: error: a source has no 'name'
            /etc/s.yaml:6:26: error: 'map' has no 'type' (an expression over the file's fields, such as type: type)
            /etc/s.yaml:6:26: error: 'map' has no 'at' (an expression over the file's fields, such as at: at)
            /etc/s.yaml:6:44: error: 'id' must be an expression, found nothing
            /etc/s.yaml:6:54: error: an 'also' entry has no 'type' (an expression, so a text in quotes: type: \
            "'profile'")
            /etc/s.yaml:6:78: error: an 'also' entry cannot set 'at' (it has the record's own; it sets only type and \
            fields)
            /etc/s.yaml:6:102: error: 'file' must be a size, found the text '4G' (a number and a unit: 64KiB, 128MiB, \
            4GiB)
            /etc/s.yaml:8:5: error: sources 'web' and 'web2' take the same files (give them different directories, or \
            different 'match')
            """
        #expect(complaints(text) == found)
    }

    @Test func destinationsAreChecked() {
        let text = """
            model: m
            sources: [{name: a}]
            destinations:
              a: {}
              b: {type: web}
              c: {type: journal, url: "http://x"}
              d: {type: webhook, url: crm.example, secret: hunter2, rate: 60, customers: some}
              e: {type: webhook, url: "https://u:p@crm.example/"}
              f: {type: exec, command: notify}
              g: {type: exec, command: [notify], timeout: 0s}
              h: {type: file}
            """
        let found = """
            /etc/s.yaml:4:6: error: destination 'a' has no 'type' (one of journal, file, webhook, alertmanager and exec)
            /etc/s.yaml:5:13: error: 'type' cannot be 'web' (accepted: journal, file, webhook, alertmanager, exec)
            /etc/s.yaml:6:22: error: unknown key 'url' in destination 'c' of type journal (accepted: type, customers, \
            rate, timeout)
            /etc/s.yaml:7:27: error: 'url' must be an http or https address, found the text 'crm.example' (such as \
            https://crm.example/hooks)
            /etc/s.yaml:7:48: error: 'secret' must say where the secret is (credential:NAME (systemd LoadCredential) \
            or file:/absolute/path; never the secret itself)
            /etc/s.yaml:7:63: error: 'rate' must be a number per time, found the number 60 (such as 60/min, 5/s or \
            100/hour)
            /etc/s.yaml:7:78: error: 'customers' cannot be 'some' (accepted: full, hashed, none)
            /etc/s.yaml:8:27: error: 'url' contains a password (keep secrets out of the configuration: use 'secret')
            /etc/s.yaml:9:28: error: 'command' must be a list ([a, b]), found the text 'notify'
            /etc/s.yaml:10:28: error: 'command' must begin with the absolute path of a program (such as \
            [/usr/lib/segdrift/notify, --stdin]; no shell is used)
            /etc/s.yaml:10:47: error: 'timeout' must be longer than nothing
            /etc/s.yaml:11:6: error: destination 'h' of type file has no 'path'
            """
        #expect(complaints(text) == found)
    }
}

@Suite struct EnvironmentOverriding {
    private static let text = """
        model: m.yaml
        wall_lag: 0s
        http: {listen: "127.0.0.1:8674"}
        sources: [{name: shop-1, match: "*.csv", limits: {depth: 3}}]
        destinations: {crm: {type: webhook, url: "https://a.example/"}}
        """

    private func loaded(_ environment: [String: String]) throws -> Configuration {
        try load(Self.text, environment: environment).configuration
    }

    @Test func anyScalarCanBeReplaced() throws {
        let configuration = try loaded([
            "SEGDRIFT_MODEL": "/m2.yaml", "SEGDRIFT_WALL_LAG": "never", "SEGDRIFT_HTTP_LISTEN": "none",
            "SEGDRIFT_SOURCES_SHOP_1_MATCH": "*.tsv", "SEGDRIFT_DESTINATIONS_CRM_URL": "https://b.example/",
        ])
        #expect(configuration.model == "/m2.yaml")
        #expect(configuration.wallLag == .never)
        #expect(configuration.http.listen == ListenAddress.none)
        #expect(configuration.sources[0].match == "*.tsv")
        #expect(configuration.destinations[0].kind == .webhook(url: "https://b.example/", secrets: []))
    }

    @Test func scalarsThatTheFileLeavesOutCanBeSet() throws {
        let configuration = try loaded([
            "SEGDRIFT_STATE_DIRECTORY": "/s", "SEGDRIFT_RETENTION_QUARANTINE": "7d",
            "SEGDRIFT_PRIVACY_HASH_CUSTOMERS_IN_LOGS": "true", "SEGDRIFT_SOURCES_SHOP_1_CSV_HEADER": "false",
            "SEGDRIFT_SOURCES_SHOP_1_LIMITS_FIELDS": "9", "SEGDRIFT_DESTINATIONS_CRM_TIMEOUT": "3s",
        ])
        #expect(configuration.stateDirectory == "/s")
        #expect(configuration.retention.quarantine == .seconds(604_800))
        #expect(configuration.privacy.hashCustomersInLogs)
        #expect(configuration.sources[0].csv.header == false)
        #expect(configuration.sources[0].limits.fields == 9 && configuration.sources[0].limits.depth == 3)
        #expect(configuration.destinations[0].timeoutSeconds == 3)
    }

    @Test func whatIsWrongNamesTheVariable() {
        #expect(
            complaints(Self.text, environment: ["SEGDRIFT_WALL_LAG": "later"])
                == "environment variable SEGDRIFT_WALL_LAG: error: 'wall_lag' must be a length of time, found the text "
                + "'later' (a whole number and a unit: 30s, 5m, 36h, 90d, 2w and never)")
    }

    @Test func misspeltVariablesAreAWarning() {
        #expect(
            complaints(Self.text, environment: ["SEGDRIFT_WAL_LAG": "1h", "SEGDRIFT_MODULES": "x"])
                == "environment variable SEGDRIFT_WAL_LAG: warning: it overrides nothing "
                + "(did you mean 'SEGDRIFT_WALL_LAG'?)")
    }
}

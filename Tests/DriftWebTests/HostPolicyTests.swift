import DriftWeb
import Testing

@Suite struct HostPolicyTests {
    @Test(arguments: [
        "localhost", "LOCALHOST:8674", "127.0.0.1", "127.3.2.1:80", "[::1]", "[::1]:8674", "drift.example:443",
    ])
    func loopbackAndListedNamesAreAccepted(authority: String) {
        #expect(HostPolicy(allowHosts: ["Drift.Example"]).accepts(authority))
    }

    @Test(arguments: [
        "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1:", "127.0.0.1:x", "[::2]",
        "[::1",
        "10.0.0.1", "", "127.0.0", "1270.0.0.1", "[::1]x",
    ])
    func otherNamesAreRefused(authority: String) {
        #expect(!HostPolicy().accepts(authority))
    }

    @Test func aRequestWithoutAHostIsRefused() {
        #expect(!HostPolicy().accepts(nil))
    }
}

import Synchronization
import Systemd
import Testing

@Suite struct ServiceNotifierTests {
    @Test func readyCarriesTheStatusInOneDatagram() throws {
        let manager = try FakeManager()
        ServiceNotifier(environment: manager.environment).ready(status: "3 files\nwait")
        #expect(manager.receiveAll() == ["READY=1\nSTATUS=3 files wait"])
    }

    @Test func reloadingCarriesTheMonotonicTimeOfItsStart() throws {
        let manager = try FakeManager()
        let notifier = ServiceNotifier(environment: manager.environment)
        notifier.reloading(monotonicMicroseconds: 12_345)
        notifier.ready()
        #expect(manager.receiveAll() == ["RELOADING=1\nMONOTONIC_USEC=12345", "READY=1"])
    }

    @Test func stoppingAndExtendingAreSaidInTheProtocolsWords() throws {
        let manager = try FakeManager()
        let notifier = ServiceNotifier(environment: manager.environment)
        notifier.extendTimeout(microseconds: 10_000_000)
        notifier.stopping()
        #expect(manager.receiveAll() == ["EXTEND_TIMEOUT_USEC=10000000", "STOPPING=1"])
    }

    @Test func withoutASocketNothingHappens() {
        let notifier = ServiceNotifier(environment: [:])
        notifier.ready()
        #expect(!notifier.isActive)
    }

    @Test func aSocketThatIsNeverReadDoesNotBlockAndLosesOnlyBeats() throws {
        let manager = try FakeManager()
        let notifier = ServiceNotifier(environment: manager.environment)
        for number in 0..<1_000 { notifier.status("turn \(number)") }
        notifier.watchdog()
        notifier.stopping()
        let taken = manager.receiveAll()
        #expect(taken.count < 1_000)
        notifier.status("free again")
        #expect(manager.receiveAll() == ["STOPPING=1\nSTATUS=free again"])
    }

    @Test func anAddressThatIsNoUnixSocketIsIgnored() {
        #expect(!ServiceNotifier(environment: ["NOTIFY_SOCKET": "relative/path"]).isActive)
        #expect(!ServiceNotifier(environment: ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)]).isActive)
    }
}

@Suite struct WatchdogTests {
    @Test func theBudgetIsReadFromTheEnvironment() {
        let environment = ["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "42"]
        #expect(WatchdogBudget(environment: environment, processID: 42)?.beatEveryMicroseconds == 20_000_000)
    }

    @Test func aBudgetForAnotherProcessIsNotOurs() {
        let environment = ["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "42"]
        #expect(WatchdogBudget(environment: environment, processID: 43) == nil)
        #expect(WatchdogBudget(environment: ["WATCHDOG_USEC": "0"], processID: 43) == nil)
    }

    @Test func progressIsToldAtMostThreeTimesPerInterval() throws {
        let manager = try FakeManager()
        let clock = Clock()
        let heart = ProgressHeart(
            notifier: ServiceNotifier(environment: manager.environment),
            budget: WatchdogBudget(intervalMicroseconds: 300), now: clock.now)
        for _ in 0..<300 {
            heart.beat()
            clock.microseconds.add(1, ordering: .relaxed)
        }
        #expect(manager.receiveAll() == ["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"])
    }

    @Test func noProgressNoBeat() throws {
        let manager = try FakeManager()
        let clock = Clock()
        let heart = ProgressHeart(
            notifier: ServiceNotifier(environment: manager.environment),
            budget: WatchdogBudget(intervalMicroseconds: 300), now: clock.now)
        heart.beat()
        clock.microseconds.add(10_000, ordering: .relaxed)
        #expect(manager.receiveAll() == ["WATCHDOG=1"])
        #expect(heart.idleMicrosecondsMax == 100)
    }

    private final class Clock: Sendable {
        let microseconds = Atomic<UInt64>(1_000)
        var now: @Sendable () -> UInt64 { { self.microseconds.load(ordering: .relaxed) } }
    }
}

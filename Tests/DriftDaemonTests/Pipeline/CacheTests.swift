import Testing

@testable import DriftDaemon

@Suite struct CustomerDirectoryTests {
    static func insert(_ name: String, _ customer: Int64, into directory: inout CustomerDirectory) {
        let bytes = Array(name.utf8)
        directory.insert(customer, named: bytes.span, hash: CustomerDirectory.hash(of: bytes.span))
    }

    static func find(_ name: String, in directory: CustomerDirectory) -> Int64? {
        let bytes = Array(name.utf8)
        return directory.customer(named: bytes.span, hash: CustomerDirectory.hash(of: bytes.span))
    }

    @Test func whatWasPutInIsFoundAndNothingElse() {
        var directory = CustomerDirectory(bytesMax: 1 << 24)
        for number in 1...5_000 { Self.insert("customer \(number)", Int64(number), into: &directory) }
        #expect((1...5_000).allSatisfy { Self.find("customer \($0)", in: directory) == Int64($0) })
        #expect(Self.find("customer 5001", in: directory) == nil)
        #expect(Self.find("", in: directory) == nil)
    }

    @Test func namesWithTheSameHashAreToldApart() {
        var directory = CustomerDirectory(bytesMax: 1 << 20)
        let (a, b) = (Array("a".utf8), Array("b".utf8))
        directory.insert(1, named: a.span, hash: 7)
        directory.insert(2, named: b.span, hash: 7)
        #expect(directory.customer(named: a.span, hash: 7) == 1)
        #expect(directory.customer(named: b.span, hash: 7) == 2)
    }

    @Test func itForgetsRatherThanOutgrowingItsBudget() {
        var directory = CustomerDirectory(bytesMax: 1 << 16)
        for number in 1...100_000 { Self.insert("customer \(number)", Int64(number), into: &directory) }
        #expect(directory.count < 10_000)
        #expect(Self.find("customer 100000", in: directory) == 100_000)
    }
}

@Suite struct StateCacheTests {
    @Test func theLatestStateIsFound() {
        var cache = StateCache(bytesMax: 1 << 20)
        cache.remember(1, [1])
        cache.remember(1, [2])
        #expect(cache.state(of: 1) == [2])
        #expect(cache.state(of: 2) == nil)
    }

    @Test func whatIsUsedOutlivesWhatIsNot() {
        var cache = StateCache(bytesMax: 4_000)
        cache.remember(0, [0])
        for customer in 1...1_000 {
            cache.remember(Int64(customer), [UInt8](repeating: 1, count: 100))
            #expect(cache.state(of: 0) == [0])
        }
        #expect(cache.state(of: 1) == nil)
    }

    @Test func anOlderStateNeverComesBack() {
        var cache = StateCache(bytesMax: 1_000)
        cache.remember(1, [1])
        for customer in 2...6 { cache.remember(Int64(customer), [UInt8](repeating: 0, count: 60)) }
        cache.remember(1, [2])
        for customer in 7...9 { cache.remember(Int64(customer), [UInt8](repeating: 0, count: 60)) }
        #expect(cache.state(of: 1) == nil || cache.state(of: 1) == [2])
    }
}

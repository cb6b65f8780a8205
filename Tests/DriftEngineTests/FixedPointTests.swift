import Testing

@testable import DriftEngine

@Suite struct FixedPointTests {
    @Test func numbersBecomeTheNearestMillionths() {
        #expect(FixedPoint.micros(0.1) == 100_000)
        #expect(FixedPoint.micros(-19.99) == -19_990_000)
        #expect(FixedPoint.micros(0.000_000_4) == 0)
    }

    @Test func tiesGoToTheEvenMillionth() {
        #expect(FixedPoint.micros(1.0 / 128) == 7_812)
        #expect(FixedPoint.micros(3.0 / 128) == 23_438)
        #expect(FixedPoint.micros(-1.0 / 128) == -7_812)
    }

    @Test func numbersBeyondTheLimitAreRefused() {
        #expect(FixedPoint.micros(9.2e12) == 9_200_000_000_000_000_000)
        #expect(FixedPoint.micros((9.2e12).nextUp) == nil)
        #expect(FixedPoint.micros(.nan) == nil)
        #expect(FixedPoint.micros(-.infinity) == nil)
    }

    @Test func sumsBecomeTheNearestDouble() {
        #expect(FixedPoint.double(1_000_000 << 60) == 0x1p60)
        #expect(FixedPoint.double(-(1_000_000 << 100)) == -0x1p100)
        #expect(FixedPoint.double(9_007_199_254_740_993) == 9_007_199_254.740993)
        // 2^53 + 1 lies halfway between two doubles: the even one; a millionth more tips it.
        #expect(FixedPoint.double(((1 << 53) + 1) * 1_000_000) == 0x1p53)
        #expect(FixedPoint.double(((1 << 53) + 1) * 1_000_000 + 1) == 0x1p53 + 2)
    }
}

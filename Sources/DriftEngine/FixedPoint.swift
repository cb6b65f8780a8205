/// Whole millionths: what numbers become before they enter a sum, an average or an extreme, so that no order
/// of arrival changes a result.
enum FixedPoint {
    /// The greatest magnitude accepted; beyond it a record is refused (`overflow`).
    static let limit = 9.2e12

    /// The millionths nearest to a number, ties to even; nil beyond ±``limit`` or for what is not a number.
    static func micros(_ value: Double) -> Int64? {
        guard value.magnitude <= limit else { return nil }
        let product = value * 1e6
        // The exact product is `product + error`: the double product alone would turn near-ties into ties.
        let error = (-product).addingProduct(value, 1e6)
        if product.magnitude >= 0x1p52 {
            return Int64(product) + Int64(error.rounded(.toNearestOrEven))
        }
        let down = product.rounded(.down)
        if product - down == 0.5, error != 0 { return Int64(error < 0 ? down : down + 1) }
        return Int64(product.rounded(.toNearestOrEven))
    }

    /// The double nearest to a number of millionths.
    @inline(__always)
    static func double(_ micros: Int128) -> Double {
        let narrow = Int64(truncatingIfNeeded: micros)
        if Int128(narrow) == micros, narrow.magnitude <= 1 << 53 { return Double(narrow) / 1e6 }
        return wide(micros)
    }

    private static func wide(_ micros: Int128) -> Double {
        let magnitude = micros.magnitude
        // Keep at least 55 bits of the quotient and let the last one say whether anything was cut off: then
        // rounding to a double once is rounding the exact quotient.
        let shift: UInt128 = magnitude < 1 << 100 ? 25 : 0
        let (quotient, remainder) = (magnitude << shift).quotientAndRemainder(dividingBy: 1_000_000)
        let sticky = remainder == 0 ? quotient : quotient | 1
        let scaled = Double(sticky) / (shift == 0 ? 1 : 0x1p25)
        return micros < 0 ? -scaled : scaled
    }
}

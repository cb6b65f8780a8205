import func Glibc.exp
import func Glibc.log
import func Glibc.log10
import func Glibc.pow

/// The C library's elementary functions, the same that SQLite calls.
enum MathFunctions {
    static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
    static func exponential(_ x: Double) -> Double { exp(x) }
    static func logarithm(_ x: Double) -> Double { log(x) }

    /// The way SQLite computes it, so that results agree to the last bit; the library's own is a little nearer.
    static func logarithm10(_ x: Double) -> Double { log(x) / 2.302585092994045684 }
}

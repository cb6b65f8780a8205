import func Glibc.exp2

/// 2^(−age / halfLife), both in ticks.
func halving(_ age: Double, _ halfLife: Double) -> Double {
    exp2(-age / halfLife)
}

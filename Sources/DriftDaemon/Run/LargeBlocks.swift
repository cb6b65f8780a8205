import CLinux

/// How the C library keeps the memory of large arrays.
enum LargeBlocks {
    private static let bytesMin: Int32 = 1 << 20

    /// Gives blocks of a megabyte and more back to the system as soon as they are freed. By itself the library would
    /// learn from the first of them to keep the others, in a heap per thread: a third of the memory of a first load
    /// was such leftovers.
    static func giveBack() { mallopt(M_MMAP_THRESHOLD, bytesMin) }
}

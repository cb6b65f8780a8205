import CLinux
import Glibc

/// How the C library keeps the memory of large arrays.
enum LargeBlocks {
    private static let bytesMin: Int32 = 1 << 20

    /// Gives blocks of a megabyte and more back to the system as soon as they are freed. By itself the library would
    /// learn from the first of them to keep the others, in a heap per thread: a third of the memory of a first load
    /// was such leftovers.
    static func giveBack() { mallopt(M_MMAP_THRESHOLD, bytesMin) }

    /// A page of the larger kind: where these are used, a place anywhere in a large block is found with one look less.
    static let hugePageBytes = 2 << 20

    /// Has the system use large pages for memory that is read here and there. It may not, and nothing is lost.
    static func preferHugePages(_ start: UnsafeMutableRawPointer, bytes: Int) {
        let first = unsafe start.alignedUp(toMultipleOf: hugePageBytes)
        let bytes = unsafe (bytes - (first - start)) / hugePageBytes * hugePageBytes
        if bytes > 0 { _ = unsafe madvise(first, bytes, MADV_HUGEPAGE) }
    }
}

import DriftIntake

/// Looks whether a disk that was full has room again, so that work goes on as soon as it can.
struct RoomWatch {
    private let files: any SpoolFiles
    /// What was free when the wait began.
    private let before: [(directory: String, freeBytes: Int64)]

    /// A look every second costs nothing.
    static let lookEveryMicroseconds: Int64 = 1_000_000

    /// Waits for any room at all.
    init(_ directories: [String], files: any SpoolFiles) {
        self.files = files
        before = directories.map { directory in
            // What cannot be looked at is no reason to go on.
            (directory, (try? files.space(of: directory))?.freeBytes ?? .max)
        }
    }

    /// Waits until as much is free as is wanted.
    init(_ shortage: DiskShortage, files: any SpoolFiles) {
        self.files = files
        before = [(shortage.directory, shortage.neededBytes - 1)]
    }

    /// Whether there is more than there was.
    func hasMore() -> Bool {
        before.contains { directory, freeBytes in
            ((try? files.space(of: directory))?.freeBytes ?? 0) > freeBytes
        }
    }
}

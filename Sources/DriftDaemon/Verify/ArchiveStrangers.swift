import DriftIntake

/// Files in the archive that no row of the ledger knows: it was restored from a copy that is older than they are.
enum ArchiveStrangers {
    /// - Parameter known: Where the ledger has files, below the spool.
    /// - Returns: A sentence each.
    static func find(_ layout: SpoolLayout, known: Set<String>) throws -> [String] {
        let files = SystemSpoolFiles()
        var found: [String] = []
        var folders = ["archive"]
        while let folder = folders.popLast() {
            let directory = "\(layout.root)/\(folder)"
            // What is not there has nothing unknown in it.
            guard let names = try? files.names(in: directory) else { continue }
            for bytes in names where bytes.first != UInt8(ascii: ".") {
                let path = folder + "/" + String(decoding: bytes, as: UTF8.self)
                switch try files.status(of: bytes, in: directory).kind {
                case .directory: folders.append(path)
                case .regular where !known.contains(path): found.append(path)
                default: break
                }
            }
        }
        return found.sorted().map {
            "\($0) is in no row of the ledger, as when an older copy of the database was restored: drop it into its source's directory again, what is known of it counts as duplicate"
        }
    }
}

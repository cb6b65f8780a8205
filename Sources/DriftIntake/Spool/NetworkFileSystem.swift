import CLinux

/// File systems on which changes made elsewhere are not notified.
enum NetworkFileSystem {
    /// By magic number, as statfs(2) gives it.
    private static let names: [Int64: String] = [
        0x6969: "NFS", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB", 0x517B: "SMB", 0x6573_5546: "FUSE", 0x0102_1997: "9P",
        0x00C3_6400: "Ceph", 0x5346_414F: "AFS", 0x7375_7245: "Coda", 0x0BD0_0BD0: "Lustre", 0x0116_1970: "GFS2",
        0x7461_636F: "OCFS2", 0x4750_4653: "GPFS", 0x786F_4256: "VirtualBox's shared folders",
    ]

    /// Why a directory has to be scanned; nil: it can be watched.
    static func reason(_ path: String) -> String? {
        let type = unsafe segdrift_file_system_type(path)
        return names[type].map { "it lies on \($0), where changes are not notified" }
    }

    /// - Returns: nil for a file system of this machine.
    static func name(ofType type: Int64) -> String? { names[type] }
}

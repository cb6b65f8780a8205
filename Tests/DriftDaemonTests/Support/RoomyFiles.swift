import DriftDaemon
import DriftIntake
import Synchronization

/// The real file system, on a disk of which a test says how much is free.
final class RoomyFiles: SpoolFiles {
    private let real = SystemSpoolFiles()
    private let room: Mutex<(freeBytes: Int64, looks: Int)>

    /// - Parameter looks: After so many looks nothing is free.
    init(freeBytes: Int64, looks: Int = .max) { room = Mutex((freeBytes, looks)) }

    func set(freeBytes: Int64) { room.withLock { $0.freeBytes = freeBytes } }

    func space(of directory: String) throws(IntakeError) -> DiskSpace {
        room.withLock { room in
            room.looks -= 1
            return DiskSpace(freeBytes: room.looks < 0 ? 0 : room.freeBytes, totalBytes: 1 << 40)
        }
    }
    func names(in directory: String) throws(IntakeError) -> [[UInt8]] { try real.names(in: directory) }
    func status(of name: [UInt8], in directory: String) throws(IntakeError) -> EntryStatus {
        try real.status(of: name, in: directory)
    }
    func move(_ name: [UInt8], from source: String, to newName: [UInt8], in target: String) throws(IntakeError) {
        try real.move(name, from: source, to: newName, in: target)
    }
    func createDirectory(_ path: String, mode: UInt32) throws(IntakeError) {
        try real.createDirectory(path, mode: mode)
    }
    func sync(directory: String) throws(IntakeError) { try real.sync(directory: directory) }
    func write(_ bytes: [UInt8], to name: String, in directory: String) throws(IntakeError) {
        try real.write(bytes, to: name, in: directory)
    }
    func remove(_ name: [UInt8], in directory: String) throws(IntakeError) { try real.remove(name, in: directory) }
    func device(of directory: String) throws(IntakeError) -> UInt64 { try real.device(of: directory) }
}

extension World {
    /// This machine, with another file system.
    static func real(files: any SpoolFiles) -> World {
        var world = World.real(environment: World.processEnvironment())
        world.files = files
        return world
    }
}

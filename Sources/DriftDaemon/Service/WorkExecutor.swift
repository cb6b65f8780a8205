import Dispatch

/// The thread that does the work: everything between a file and its transaction happens here, one thing after
/// another, so that no ordering has to be argued about and blocking on the disk holds up nobody else.
final class WorkExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "segdrift.work")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = unsafe asUnownedSerialExecutor()
        queue.async { unsafe job.runSynchronously(on: executor) }
    }
}

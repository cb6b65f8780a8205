internal import DriftAnalytics
public import DriftModel
internal import DriftStore

/// The sentences about the daemon's own trouble.
extension OwnTrouble {
    /// A delivery was given up.
    static func died(_ delivery: DeliveryRow, reason: String) -> OwnTrouble {
        let name = delivery.destination
        return OwnTrouble(
            .dead, subject: name, occasion: delivery.deliveryID,
            summary: "Destination \(name) did not take an alert of rule \(delivery.rule) in \(delivery.attempts) "
                + "attempts, and it is given up: \(reason).",
            hint: "Look: segdrift alerts --undelivered; once it is mended: segdrift alerts retry --destination \(name)")
    }

    /// A destination has taken nothing for a while.
    static func down(_ delivery: DeliveryRow, since: Instant, reason: String, now: Instant) -> OwnTrouble {
        let name = delivery.destination
        return OwnTrouble(
            .down, subject: name, occasion: now.microseconds,
            summary: "Destination \(name) has taken nothing since \(TimeText.seconds(since)): \(reason). Its alerts "
                + "wait, for three days at least, and are sent once it is mended.",
            hint: "At once: segdrift alerts retry --destination \(name)")
    }

    /// A destination wants nothing more.
    static func disabled(_ delivery: DeliveryRow, reason: String) -> OwnTrouble {
        let name = delivery.destination
        return OwnTrouble(
            .disabled, subject: name, occasion: delivery.deliveryID,
            summary: "Destination \(name) is switched off: \(reason). Its alerts wait.",
            hint: "Once it is mended: segdrift alerts retry --destination \(name)")
    }

    /// A file was refused whole.
    public static func quarantined(_ file: IntakeFacts, reason: String) -> OwnTrouble {
        OwnTrouble(
            .quarantined, subject: file.source, occasion: file.fileID,
            summary: "Source \(file.source): the file \(file.file) was put aside whole: \(reason).",
            hint:
                "Look: segdrift quarantine show \(file.fileID); once it is mended: segdrift quarantine requeue --file "
                + "\(file.fileID)")
    }

    /// The daemon's work stands still.
    /// - Parameter isDiskFull: Otherwise it is something else.
    public static func paused(_ what: String, hint: String, isDiskFull: Bool, since: Instant) -> OwnTrouble {
        OwnTrouble(
            isDiskFull ? .diskFull : .paused, occasion: since.microseconds,
            summary:
                "segdrift takes no files since \(TimeText.seconds(since)): \(what) (\(hint)). It goes on by itself.",
            hint: "Look: segdrift status")
    }

    /// The kernel's queue of what happens in directories was full.
    public static func overflow(now: Instant) -> OwnTrouble {
        OwnTrouble(
            .overflow, occasion: now.microseconds,
            summary: "More happened in the spool than the kernel could tell; all of it was scanned, nothing is missed.",
            hint: "If it comes often: sysctl fs.inotify.max_queued_events")
    }

    /// A source that is expected to deliver does not.
    /// - Parameter hasDelivered: Whether it ever has; otherwise `since` is when it was configured.
    public static func stalled(
        source: String, since: Instant, hasDelivered: Bool, limitSeconds: Int64, directory: String, now: Instant
    ) -> OwnTrouble {
        let what =
            hasDelivered
            ? "has delivered nothing since \(TimeText.seconds(since))"
            : "has never delivered anything; it is watched since \(TimeText.seconds(since))"
        let limit = NumberText.duration(seconds: limitSeconds)
        return OwnTrouble(
            .stalled, subject: source, occasion: now.microseconds,
            summary: "Source \(source) \(what) (limit \(limit)). Files are awaited in \(directory).",
            hint: "Look: segdrift files --source \(source)")
    }

    /// The wall clock is not believed, and logical time waits.
    public static func clock(_ doubt: String, now: Instant) -> OwnTrouble {
        OwnTrouble(
            .clock, occasion: now.microseconds,
            summary: "Time stands still for segdrift: \(doubt). Nobody moves by time alone until the clock is known "
                + "to be right. If it is right: stop the daemon, and once: segdrift run --once --accept-clock.",
            hint: "Look: segdrift status")
    }
}

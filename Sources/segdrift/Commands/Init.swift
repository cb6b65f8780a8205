import ArgumentParser

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a commented configuration, model and spool to start from.",
        discussion: """
            EXAMPLES
              segdrift init ~/shop
              segdrift simulate --customers 300 --days 120 --seed 1 --out ~/shop/spool/incoming
              segdrift run --once --config ~/shop/segdrift.yaml
            """)

    @Argument(help: ArgumentHelp("The directory to write to; created.", valueName: "dir"), completion: .directory)
    var directory: String
    @Flag(help: "Write files anew that are there already.") var force = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let place = directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        try StarterFiles.write(to: place, replacing: force)
        try global.remark(
            """
            \(place)/segdrift.yaml           sources, destinations, paths
            \(place)/models/shop.yaml        features, segments, playbooks, alerts
            \(place)/spool/incoming/         drop files here, one directory per source

            next: segdrift check --config \(place)/segdrift.yaml
                  segdrift run --config \(place)/segdrift.yaml
            """)
    }
}

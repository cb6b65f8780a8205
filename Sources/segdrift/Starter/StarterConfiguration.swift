/// What `segdrift init` and `segdrift demo` write; the same text as config/demo/segdrift.yaml.
enum StarterConfiguration {
    static let text = """
        # segdrift: where files come from, where alerts go. `segdrift check` reads this and says what is wrong.
        # Relative paths start here; every scalar can be overridden by an environment variable (SEGDRIFT_STATE_DIRECTORY, …).
        model: models/shop.yaml
        state_directory: state        # the database segdrift.sqlite and the alerts file
        spool_directory: spool        # incoming/<source>/ is where you drop files: write under a dotted name, then rename

        # How far logical time stays behind the wall clock. 0s follows it; 30h suits files that arrive the morning after;
        # never is pure event time, for history.
        wall_lag: 0s

        # Read-only dashboard, API and metrics, on this machine only. A port of its own, so that a daemon already running
        # with the default one is left alone.
        http: {listen: "127.0.0.1:8675"}

        sources:
          # Orders: the names of the file's columns are those of the model, so no mapping is needed but the shop's "at",
          # which is local time.
          - name: shop
            match: "*.csv"
            format: csv
            map:
              customer: customer
              type: type
              at: "timestamp(at, 'yyyy-MM-dd HH:mm:ss', 'Europe/Madrid')"
              id: id
              amount: number(amount)
              quantity: number(quantity)
              invoice: invoice
              item: item
          # Visits to the web site, as JSON lines.
          - name: web
            match: "*.ndjson"
            format: ndjson
            map:
              customer: customer
              type: type
              at: "timestamp(at, 'yyyy-MM-dd HH:mm:ss', 'Europe/Madrid')"
              id: id
          # Profiles from the customer database: they set attributes.
          - name: crm
            match: "*.csv"
            format: csv
            map:
              customer: customer
              type: type
              at: "timestamp(at, 'yyyy-MM-dd HH:mm:ss', 'Europe/Madrid')"
              id: id
              country: country
              birth_date: date(birth_date)

        destinations:
          log: {type: file, path: alerts.ndjson}      # CloudEvents, one per line, in the state directory
          # ops: {type: journal}
          # crm: {type: webhook, url: "https://crm.example/hooks/segdrift", secret: credential:crm-secret, rate: 60/min}

        """
}

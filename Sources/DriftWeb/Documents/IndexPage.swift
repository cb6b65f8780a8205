/// The page at `/`: where things are. No script, no style inside the page.
enum IndexPage {
    static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>segdrift</title>
        <link rel="stylesheet" href="/style.css">
        </head>
        <body>
        <h1>segdrift</h1>
        <p>Keeps every customer's segment true and tells people when customers move. Read-only from here.</p>
        <ul>
        <li><a href="/api/v1/status">/api/v1/status</a> logical time, sources, backlog, outbox</li>
        <li><a href="/api/v1/segments">/api/v1/segments</a> sizes, shares, change over seven days</li>
        <li><a href="/api/v1/transitions">/api/v1/transitions</a> moves in the order recorded:
        <code>?after=ID&amp;limit=100</code>, also <code>customer</code>, <code>segmentation</code></li>
        <li><a href="/metrics">/metrics</a> for Prometheus</li>
        <li><a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a> for whoever watches the watcher</li>
        </ul>
        <p>On the command line: <code>segdrift status</code>, <code>segdrift segments</code>,
        <code>segdrift explain CUSTOMER</code>.</p>
        </body>
        </html>

        """

    static let style = """
        :root { color-scheme: light dark; }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; }
        code { font-size: 0.95em; }

        """
}

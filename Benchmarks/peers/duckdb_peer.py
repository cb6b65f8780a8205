#!/usr/bin/env python3
"""The reference workload in DuckDB: the peer that recomputes.

    duckdb_peer.py history FILE END-DAY      full transition history by an expert's SQL
    duckdb_peer.py final FILE END-DAY        segments at END-DAY alone
    duckdb_peer.py increment FILE NEW END-DAY  insert NEW, re-score everybody, diff
    duckdb_peer.py midnight FILE END-DAY     re-score everybody one day on, diff

Prints one JSON object: seconds, peak memory, rows, and a digest that the product's result must equal.
The history is computed without stepping days: running sums over arrivals and expiries, evaluated after each
event and at each tick at which a window or a limit could change something.
"""

import json
import resource
import sys
import time

import duckdb

EVENTS = """
CREATE OR REPLACE TABLE events AS
SELECT customer, type, "at", date_diff('day', DATE '1970-01-01', "at"::DATE)::INTEGER AS tick,
       CAST(coalesce(amount, 0) AS DECIMAL(18, 6)) AS amount, row_number() OVER () AS n
FROM read_json('{file}', format = 'newline_delimited',
               columns = {{customer: 'VARCHAR', type: 'VARCHAR', "at": 'TIMESTAMP', amount: 'DOUBLE'}})
"""

SEGMENT = """
CREATE OR REPLACE MACRO segment(recency, frequency, monetary) AS
CASE WHEN recency <= 30 AND monetary >= 500 THEN 'champion'
     WHEN recency <= 90 AND frequency >= 2 THEN 'loyal'
     WHEN recency <= 90 THEN 'active'
     WHEN recency <= 180 THEN 'at_risk'
     WHEN recency <= 365 THEN 'dormant'
     ELSE 'lost' END
"""

SCORE = """
SELECT customer, segment(
    {tick} - max(tick) FILTER (type = 'purchase'),
    count(*) FILTER (type = 'purchase' AND tick > {tick} - 90),
    coalesce(sum(amount) FILTER (type <> 'visit' AND tick > {tick} - 365), 0)) AS segment
FROM events WHERE tick <= {tick} GROUP BY customer
"""

HISTORY = """
CREATE OR REPLACE TABLE history AS
WITH expiries AS (
  SELECT customer, tick + 90 AS tick, -1 AS orders, 0::DECIMAL(18, 6) AS amount FROM events WHERE type = 'purchase'
  UNION ALL
  SELECT customer, tick + 365, 0, -amount FROM events WHERE type <> 'visit'
  UNION ALL
  SELECT customer, tick + unnest([31, 91, 181, 366]), 0, 0 FROM events WHERE type = 'purchase'
),
ticks AS (
  SELECT customer, tick, 0::BIGINT AS n, NULL::TIMESTAMP AS "at", sum(orders) AS orders, sum(amount) AS amount,
         NULL::INTEGER AS bought
  FROM expiries WHERE tick <= {end} GROUP BY customer, tick
),
steps AS (
  SELECT * FROM ticks
  UNION ALL
  SELECT customer, tick, n, "at", (type = 'purchase')::INTEGER, amount, CASE WHEN type = 'purchase' THEN tick END
  FROM events
),
running AS (
  SELECT customer, tick, n, "at", sum(orders) OVER w AS frequency, sum(amount) OVER w AS monetary,
         tick - max(bought) OVER w AS recency
  FROM steps WINDOW w AS (PARTITION BY customer ORDER BY tick, n ROWS UNBOUNDED PRECEDING)
),
scored AS (
  SELECT customer, tick, n, "at", segment(recency, frequency, monetary) AS segment FROM running
)
SELECT customer, tick, n, "at", before, segment
FROM (SELECT *, lag(segment) OVER (PARTITION BY customer ORDER BY tick, n) AS before FROM scored)
WHERE before IS DISTINCT FROM segment
"""


def day_number(text):
    return duckdb.execute(f"SELECT date_diff('day', DATE '1970-01-01', DATE '{text}')").fetchone()[0]


def main():
    what, file = sys.argv[1], sys.argv[2]
    end = day_number(sys.argv[-1])
    db = duckdb.connect()
    db.execute(SEGMENT)
    start = time.monotonic()
    db.execute(EVENTS.format(file=file))
    loaded = time.monotonic()
    result = {"what": what, "threads": db.execute("SELECT current_setting('threads')").fetchone()[0]}
    if what == "history":
        db.execute(HISTORY.format(end=end))
        result["seconds"] = time.monotonic() - start
        result["transitions"] = db.execute("SELECT count(*) FROM history").fetchone()[0]
        result["pairs"] = dict(
            db.execute(
                "SELECT coalesce(before, 'NULL') || '>' || segment || (CASE WHEN n = 0 THEN ' time' ELSE ' event' END), "
                "count(*) FROM history GROUP BY 1 ORDER BY 1").fetchall())
    elif what == "final":
        db.execute(f"CREATE TABLE current AS {SCORE.format(tick=end)}")
        result["seconds"] = time.monotonic() - start
        result["segments"] = dict(db.execute("SELECT segment, count(*) FROM current GROUP BY 1 ORDER BY 1").fetchall())
    else:
        db.execute(f"CREATE TABLE current AS {SCORE.format(tick=end)}")
        start = time.monotonic()
        if what == "increment":
            db.execute(EVENTS.format(file=sys.argv[3]).replace("CREATE OR REPLACE TABLE events AS", "INSERT INTO events"))
            tick = end
        else:
            tick = end + 1
        db.execute(f"CREATE TABLE next AS {SCORE.format(tick=tick)}")
        moved = db.execute(
            "SELECT count(*) FROM next LEFT JOIN current USING (customer) "
            "WHERE next.segment IS DISTINCT FROM current.segment").fetchone()[0]
        result["seconds"] = time.monotonic() - start
        result["moved"] = moved
    result["load_seconds"] = loaded - start if what in ("history", "final") else None
    result["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(result))


main()

#!/usr/bin/env python3
"""Runs the reference workload through segdrift and through DuckDB, in the same run, and prints a table.

    bench.py --segdrift BINARY --workload GENERATOR [--engine-bench BINARY] [--events N] [--customers N]
             [--nights N] [--files N] [--work DIR] [--no-peer]

Nothing here judges: it prints medians, ratios, memory and a digest of the result. The digest is the number of
moves of each pair and cause; both systems must print the same one. DuckDB comes from PyPI into a throw-away
virtual environment; without it the peer's columns are missing, and the output says why.

The first load is a process from start to end (`run --once`). Nights and small files are met by a running daemon, as
they are in life: a night is timed by the daemon itself, from the wake-up to the commit, a file from the rename that
makes it visible to the moment another process sees it committed.
"""

import argparse
import datetime
import hashlib
import json
import os
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
END_DAY = "2026-01-01"

MODEL = open(os.path.join(HERE, "reference-model.yaml"), encoding="utf-8").read()

CONFIG = """\
model: model.yaml
state_directory: {dir}/state
spool_directory: {dir}/spool
wall_lag: {wall_lag}
http: {{listen: none}}
sources:
  - {{name: shop, format: ndjson}}
destinations:
  ops: {{type: file, path: {dir}/alerts.ndjson}}
"""


def run(command, **options):
    """Runs a command; returns wall seconds, CPU seconds, peak MiB."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if status != 0:
        raise SystemExit(f"{' '.join(command)}: ended with status {status}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


class Place:
    """A configuration, a spool and a database."""

    def __init__(self, directory, binary):
        self.directory, self.binary = directory, binary
        os.makedirs(f"{directory}/spool/incoming/shop", exist_ok=True)
        # The first load is history: one digest, as after a real migration. What comes later is news.
        self.configure("0s")
        with open(f"{directory}/model.yaml", "w", encoding="utf-8") as file:
            file.write(MODEL)

    def configure(self, wall_lag):
        with open(f"{self.directory}/segdrift.yaml", "w", encoding="utf-8") as file:
            file.write(CONFIG.format(dir=self.directory, wall_lag=wall_lag))

    @property
    def database(self):
        return f"{self.directory}/state/segdrift.sqlite"

    def drop(self, path, name):
        """Delivers a file of its own: one with a second name elsewhere would be copied when it is claimed."""
        hidden = f"{self.directory}/spool/incoming/shop/.{name}"
        shutil.copyfile(path, hidden)
        os.rename(hidden, f"{self.directory}/spool/incoming/shop/{name}")

    def once(self, *arguments):
        return run([self.binary, "run", "--once", "-q", "--config", f"{self.directory}/segdrift.yaml", *arguments])

    def query(self, sql):
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as db:
            return db.execute(sql).fetchall()

    def pairs(self):
        rows = self.query(
            "SELECT coalesce(from_segment, 'NULL') || '>' || coalesce(to_segment, 'NULL') || ' ' || cause, "
            "sum(customers) FROM segment_flows GROUP BY 1 ORDER BY 1")
        return {pair: count for pair, count in rows}


def digest(pairs):
    return hashlib.sha256(json.dumps(sorted(pairs.items())).encode()).hexdigest()[:16]


def peer_python(work):
    """The interpreter of a virtual environment with DuckDB, or None and why."""
    environment = os.path.join(work, "peer")
    python = os.path.join(environment, "bin", "python")
    try:
        if not os.path.exists(python):
            subprocess.run([sys.executable, "-m", "venv", environment], check=True, capture_output=True)
        subprocess.run([python, "-m", "pip", "-q", "install", "duckdb"], check=True, capture_output=True)
        return python, None
    except (subprocess.CalledProcessError, OSError) as error:
        return None, f"no DuckDB here: {error}"


def peer(python, *arguments):
    output = subprocess.run(
        [python, os.path.join(HERE, "peers", "duckdb_peer.py"), *arguments], check=True, capture_output=True, text=True)
    return json.loads(output.stdout)


def increment_file(path, customers, number, day, count=1000):
    """Events of one day after all others, customers as the workload draws them."""
    rng = random.Random(number)
    with open(path, "w", encoding="utf-8") as file:
        for second in range(count):
            customer = int(customers * rng.random() ** 2.2)
            at = f"{day}T{8 + number // 60 % 12:02d}:{number % 60:02d}:{second * 60 // count:02d}Z"
            file.write(
                f'{{"customer":"c{customer:07d}","type":"purchase","at":"{at}","amount":{rng.expovariate(0.05):.2f}}}\n')


class Daemon:
    """A running daemon and what it says."""

    def __init__(self, place, wall_lag):
        place.configure(wall_lag)
        self.log = f"{place.directory}/daemon.log"
        self.out = open(self.log, "w", encoding="utf-8")
        start = time.monotonic()
        self.process = subprocess.Popen(
            [place.binary, "run", "--config", f"{place.directory}/segdrift.yaml"], stdout=subprocess.DEVNULL,
            stderr=self.out)
        self.wait_for(r"ready: ")
        self.seconds_to_ready = time.monotonic() - start

    def wait_for(self, pattern, seconds=60):
        """The match of a line that the daemon has said or will say soon."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with open(self.log, encoding="utf-8") as said:
                found = re.search(pattern, said.read())
            if found:
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise SystemExit(f"the daemon did not say '{pattern}' within {seconds} s; see {self.log}")

    def resident(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.out.close()


def nights(place, count):
    """Lives through midnights without events. Returns seconds to ready, and per night customers, moves, seconds."""
    found = []
    ready = []
    for number in range(1, count + 1):
        midnight = datetime.datetime.fromisoformat(END_DAY).replace(tzinfo=datetime.timezone.utc)
        midnight += datetime.timedelta(days=number)
        # Three seconds before midnight, once it is ready.
        lag = int(time.time() - midnight.timestamp()) + 4
        daemon = Daemon(place, f"{lag}s")
        ready.append(daemon.seconds_to_ready)
        said = daemon.wait_for(
            rf"logical time {midnight:%Y-%m-%d}T00:00:0\dZ: (\d+) customers walked, (\d+) moves, ([0-9.]+) ms")
        found.append((int(said[1]), int(said[2]), float(said[3]) / 1000))
        time.sleep(0.5)
        daemon.stop()
    return ready, found


def increments(place, work, customers, files, day):
    """Seconds from the rename of a file to its commit, daemon running."""
    daemon = Daemon(place, "never")
    seconds = []
    try:
        db = sqlite3.connect(f"file:{place.database}?mode=ro", uri=True)
        done = lambda: db.execute(
            "SELECT count(*) FROM file WHERE state IN ('committed', 'archived')").fetchone()[0]
        time.sleep(3)
        for number in range(files):
            path = f"{work}/increment-{number}.ndjson"
            increment_file(path, customers, number, day)
            before = done()
            start = time.monotonic()
            place.drop(path, f"increment-{number}.ndjson")
            while done() == before:
                if time.monotonic() - start > 60:
                    raise SystemExit("the daemon did not take an increment within a minute")
                time.sleep(0.0005)
            seconds.append(time.monotonic() - start)
            # Rows for readers are brought up to date, the log of the database is folded: not what is timed here.
            time.sleep(0.5)
        resident = daemon.resident()
    finally:
        daemon.stop()
    return seconds, resident


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--segdrift", required=True)
    parser.add_argument("--workload", required=True)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--engine-bench", default=None)
    parser.add_argument("--nights", type=int, default=5)
    parser.add_argument("--files", type=int, default=30)
    parser.add_argument("--work", default=None)
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args()
    if options.engine_bench:
        print("the engine alone, in memory", flush=True)
        subprocess.run([options.engine_bench, str(min(options.events, 1_000_000))], check=True)
        print(flush=True)
    work = options.work or tempfile.mkdtemp(prefix="segdrift-bench-")
    os.makedirs(work, exist_ok=True)
    events = f"{work}/events-{options.events}.ndjson"
    if not os.path.exists(events):
        run([options.workload, str(options.events), str(options.customers), "1", events])
    python, reason = (None, "not asked for") if options.no_peer else peer_python(work)

    place_directory = f"{work}/place"
    shutil.rmtree(place_directory, ignore_errors=True)
    place = Place(place_directory, options.segdrift)
    place.drop(events, "events.ndjson")
    # What was delivered lies on the disk: writing it back is not what is timed.
    os.sync()
    print(f"{options.events:,} events of {options.customers:,} customers, {os.cpu_count()} processors", flush=True)

    wall, cpu, peak = place.once("--as-of", f"{END_DAY}T00:00:00Z")
    size = os.path.getsize(place.database)
    pairs = place.pairs()
    moves = sum(pairs.values())
    print(f"first load, full history   {wall:8.2f} s  {options.events / wall:12,.0f} events/s  cpu {cpu:.1f} s  "
          f"peak {peak:,.0f} MiB  {moves:,} moves  database {size / 2**20:,.0f} MiB  digest {digest(pairs)}", flush=True)
    if python:
        other = peer(python, "history", events, END_DAY)
        same = "same result" if other["pairs"] == pairs else "DIFFERENT RESULT"
        print(f"  DuckDB, same history     {other['seconds']:8.2f} s  {other['seconds'] / wall:5.2f} x ours  "
              f"peak {other['peak_mib']:,} MiB  digest {digest(other['pairs'])}  {same}", flush=True)
        other = peer(python, "final", events, END_DAY)
        print(f"  DuckDB, final state only {other['seconds']:8.2f} s  ours takes {wall / other['seconds']:.1f} x as long",
              flush=True)
    else:
        print(f"  ({reason})")

    idle = statistics.median(place.once("--as-of", f"{END_DAY}T00:00:00Z")[0] for _ in range(3))
    print(f"start and stop, idle       {idle * 1000:8.1f} ms", flush=True)
    ready, found = nights(place, options.nights)
    walk = statistics.median(seconds for _, _, seconds in found)
    each = statistics.median(seconds / max(moves, 1) for _, moves, seconds in found)
    moved = ", ".join(f"{moves:,}" for _, moves, _ in found)
    print(f"a quiet midnight           {walk * 1000:8.1f} ms median of {len(found)}  {each * 1e6:.1f} us per move  "
          f"moves {moved}  start to ready {statistics.median(ready) * 1000:.0f} ms", flush=True)
    if python:
        other = peer(python, "midnight", events, END_DAY)
        print(f"  DuckDB, re-score         {other['seconds'] * 1000:8.1f} ms  {other['seconds'] / walk:5.1f} x ours  "
              f"{other['moved']:,} moved on the first", flush=True)

    day = datetime.date.fromisoformat(END_DAY) + datetime.timedelta(days=options.nights)
    seconds, resident = increments(place, work, options.customers, options.files, day)
    median = statistics.median(seconds)
    print(f"one more file of 1,000     {median * 1000:8.1f} ms median of {len(seconds)}  "
          f"slowest {max(seconds) * 1000:.1f} ms  daemon {resident:,.0f} MiB", flush=True)
    if python:
        other = peer(python, "increment", events, f"{work}/increment-0.ndjson", day.isoformat())
        print(f"  DuckDB, insert and diff  {other['seconds'] * 1000:8.1f} ms  {other['seconds'] / median:5.1f} x ours",
              flush=True)


main()

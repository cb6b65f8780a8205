#!/usr/bin/env python3
"""Stands in for journald: takes entries of the native protocol on DIRECTORY/socket, notes each as a JSON object of its
fields (texts) in the file named second. Prints a line when it listens; ends when its standard input is closed. With a
third word, `stalled`, it takes nothing before a "g" comes on standard input."""
import json
import os
import socket
import struct
import sys
import threading


def fields(entry):
    found = {}
    while entry:
        line, _, rest = entry.partition(b"\n")
        if b"=" in line:
            name, _, value = line.partition(b"=")
            entry = rest
        else:
            # A value with line breaks: its length in eight bytes, the value, a line break.
            name = line
            (length,) = struct.unpack("<Q", rest[:8])
            value = rest[8 : 8 + length]
            entry = rest[8 + length + 1 :]
        found[name.decode()] = value.decode("utf-8", "replace")
    return found


def main():
    directory, log = sys.argv[1:3]
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(os.path.join(directory, "socket"))
    print("listening", flush=True)
    if "stalled" in sys.argv[3:] and os.read(0, 1) != b"g":
        return
    threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()
    with open(log, "a") as file:
        while True:
            file.write(json.dumps(fields(listener.recv(1 << 20))) + "\n")
            file.flush()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Stands in for the service manager: prints what it is told on the datagram socket named first (`NOTIFY_SOCKET`), one line
per assignment. Prints `listening` first; ends when its standard input is closed."""
import os
import socket
import sys
import threading


def main():
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(sys.argv[1])
    threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()
    print("listening", flush=True)
    while True:
        sys.stdout.write(listener.recv(1 << 16).decode("utf-8", "replace") + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

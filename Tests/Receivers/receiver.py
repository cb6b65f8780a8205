#!/usr/bin/env python3
"""A webhook receiver that knows nothing of segdrift: http.server, hmac and the specification of Standard Webhooks.

    receiver.py --log L [--secret whsec_...]... [--script S] [--certificate PEM --key PEM]

Listens on a free port of the loopback, prints the port, and writes one JSON object per request into L: id, timestamp,
which of the secrets verify (numbers), whether the id was seen before, a digest of the body, the answer given.

S is a JSON file with a list of answers, taken one after another, the last one for ever. Each is an object:
    status       the status to answer with (200)
    headers      more headers
    body         the body to answer with
    do           instead of answering: "hang" (say nothing), "drip" (a byte of the head now and then),
                 "endless" (a body without end), "reset" (close at once), "cut" (close in the middle of the body),
                 "die" (answer, then end the process), "hold" (print "held ID", and answer once a "g" comes on
                 standard input)
"""
import argparse
import base64
import hashlib
import hmac
import http.server
import json
import os
import socket
import ssl
import struct
import threading
import time

TOLERANCE_SECONDS = 5 * 60


def signature(secret, message_id, timestamp, body):
    """The signature of the specification: base64 of HMAC-SHA-256 over `id.timestamp.body`."""
    key = base64.b64decode(secret[len("whsec_"):] if secret.startswith("whsec_") else secret)
    signed = message_id.encode() + b"." + timestamp.encode() + b"." + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def verifying(secrets, headers, body):
    """Numbers of the secrets with which the request verifies."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    given = [part[3:] for part in headers.get("webhook-signature", "").split(" ") if part.startswith("v1,")]
    found = []
    for number, secret in enumerate(secrets):
        expected = signature(secret, message_id, timestamp, body)
        if any(hmac.compare_digest(expected, candidate) for candidate in given):
            found.append(number)
    return found


def check_published_vector():
    """The example of the specification; whoever verifies must be verified first."""
    body = b'{"test": 2432232314}'
    expected = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    if signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body) != expected:
        raise SystemExit("this receiver does not verify the published example")


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        server = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        with server.lock:
            answer = server.answers[min(server.count, len(server.answers) - 1)]
            server.count += 1
            message_id = self.headers.get("webhook-id", "")
            status = answer.get("status", 200)
            record = {
                "id": message_id,
                "timestamp": self.headers.get("webhook-timestamp"),
                "signatures": len(self.headers.get("webhook-signature", "").split()),
                "verifies": verifying(server.secrets, self.headers, body),
                "seen": message_id in server.seen,
                "digest": hashlib.sha256(body).hexdigest(),
                "type": self.headers.get("Content-Type"),
                "path": self.path,
                "host": self.headers.get("Host"),
                "do": answer.get("do", "answer"),
                "status": status,
                "body": body.decode("utf-8", "replace") if server.keeps_bodies else None,
            }
            if 200 <= status < 300 and answer.get("do", "answer") in ("answer", "die", "hold"):
                server.seen.add(message_id)
            server.log.write(json.dumps(record) + "\n")
            server.log.flush()
            os.fsync(server.log.fileno())
        getattr(self, "do_" + answer.get("do", "answer"))(answer)

    def do_answer(self, answer):
        body = answer.get("body", "").encode()
        self.send_response(answer.get("status", 200))
        for name, value in answer.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if self.server.announces:
            print(self.headers.get("webhook-id", ""), flush=True)

    def do_die(self, answer):
        self.do_answer(answer)
        self.wfile.flush()
        os._exit(0)

    def do_hold(self, answer):
        print("held", self.headers.get("webhook-id", ""), flush=True)
        self.server.released.wait()
        self.do_answer(answer)

    def do_hang(self, answer):
        self.server.closing.wait()

    def do_drip(self, answer):
        try:
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok":
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if self.server.closing.wait(0.5):
                    return
        except OSError:
            pass
        self.close_connection = True

    def do_endless(self, answer):
        self.close_connection = True
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while not self.server.closing.is_set():
                self.wfile.write(b"x" * 16384)
        except OSError:
            pass

    def do_reset(self, answer):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def do_cut(self, answer):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nnot all")
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def obey(server):
    """Whoever started this ends it by closing its standard input."""
    while os.read(0, 1) == b"g":
        server.released.set()
    os._exit(0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", required=True)
    parser.add_argument("--secret", action="append", default=[])
    parser.add_argument("--script")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--keep-bodies", action="store_true")
    parser.add_argument("--announce", action="store_true", help="print the id of each request that was answered")
    options = parser.parse_args()
    check_published_vector()

    server = Server(("127.0.0.1", options.port), Receiver)
    server.lock = threading.Lock()
    server.closing = threading.Event()
    server.released = threading.Event()
    server.count = 0
    server.secrets = options.secret
    server.announces = options.announce
    server.keeps_bodies = options.keep_bodies
    server.answers = json.load(open(options.script)) if options.script else [{}]
    server.seen = set()
    if os.path.exists(options.log):
        for line in open(options.log):
            record = json.loads(line)
            if 200 <= record["status"] < 300 and record["do"] in ("answer", "die"):
                server.seen.add(record["id"])
    server.log = open(options.log, "a")
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=obey, args=(server,), daemon=True).start()
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

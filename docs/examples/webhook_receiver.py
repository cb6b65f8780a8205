#!/usr/bin/env python3
"""A receiver of segdrift's webhooks: verifies the signature (Standard Webhooks), refuses what is old, and takes each
alert once, however often it comes. Usage: webhook_receiver.py SECRET_FILE [PORT]; prints one line per alert."""
import base64, hashlib, hmac, json, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

TOLERANCE_SECONDS = 300
secret = open(sys.argv[1], "rb").read().rstrip(b"\n")
key = base64.b64decode(secret[6:]) if secret.startswith(b"whsec_") else secret
seen = set()  # a real receiver keeps these in its database


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.take(body)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def take(self, body):
        alert, sent = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        signed = b".".join([alert.encode(), sent.encode(), body])
        mine = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        theirs = [s[3:].encode() for s in self.headers.get("webhook-signature", "").split() if s.startswith("v1,")]
        if not any(hmac.compare_digest(mine, signature) for signature in theirs):
            return 401
        if abs(time.time() - int(sent)) > TOLERANCE_SECONDS:
            return 401
        if alert in seen:
            print("again", alert, flush=True)
            return 200
        seen.add(alert)
        print("alert", alert, json.loads(body)["data"]["summary"], flush=True)
        return 200

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Receiver)
print("listening on", server.server_port, flush=True)
server.serve_forever()

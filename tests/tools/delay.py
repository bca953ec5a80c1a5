#!/usr/bin/env python3
"""delay.py PORT THERE BACK [JITTER]: a way to 127.0.0.1:PORT that takes so many
milliseconds there and so many back, and up to JITTER more at random.  Prints its
port, and serves one connection after the other."""
import collections
import random
import selectors
import socket
import sys
import time

PORT, THERE, BACK = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
JITTER = float(sys.argv[4]) if len(sys.argv) > 4 else 0.


class Way:
    """Octets from one socket to the other, in order, each piece later."""

    def __init__(self, src, dst, ms):
        self.src, self.dst, self.ms = src, dst, ms
        self.pieces = collections.deque()
        self.free = 0.

    def read(self):
        data = self.src.recv(65536)
        at = time.monotonic() + (self.ms + random.random() * JITTER) / 1000
        self.free = max(self.free, at)
        self.pieces.append((self.free, data))
        return data

    def write(self):
        now = time.monotonic()
        while self.pieces and self.pieces[0][0] <= now:
            data = self.pieces.popleft()[1]
            if data:
                self.dst.sendall(data)
            else:
                self.dst.shutdown(socket.SHUT_WR)

    def due(self):
        return self.pieces[0][0] if self.pieces else None


def serve(client):
    server = socket.create_connection(("127.0.0.1", PORT))
    for s in (client, server):
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ways = [Way(client, server, THERE), Way(server, client, BACK)]
    sel = selectors.DefaultSelector()
    for w in ways:
        sel.register(w.src, selectors.EVENT_READ, w)
    while sel.get_map() or any(w.pieces for w in ways):
        due = [w.due() for w in ways if w.due() is not None]
        wait = max(0., min(due) - time.monotonic()) if due else None
        for key, _ in sel.select(wait):
            if not key.data.read():
                sel.unregister(key.fileobj)
        for w in ways:
            w.write()
    client.close()
    server.close()


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    print("port", listener.getsockname()[1], flush=True)
    while True:
        client = listener.accept()[0]
        try:
            serve(client)
        except OSError:
            client.close()


main()

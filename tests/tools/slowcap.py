"""slowcap.py SEED KIND COUNT SPAN SECONDS: write a capture, slowly.

COUNT invented packets, the same for the same SEED, whose times span SPAN
seconds, go to standard output within SECONDS.  KIND flows: TCP and UDP between
10.77.0.0/24 and servers; KIND pings: ICMP, elsewhere.
"""
import random
import struct
import sys
import time

PAUSES = 50  # a second


def address(text):
    return bytes(int(part) for part in text.split("."))


def l4(rnd, kind, sport, dport, number):
    if kind == "pings":
        text = b"p" * rnd.randrange(20)
        return 1, struct.pack(">BBHHH", 8, 0, 0, 7, number % 65536) + text
    if rnd.random() < 0.6:
        flags = rnd.choice([0x10, 0x18, 0x10, 0x10, 0x02, 0x04])
        return 6, struct.pack(
            ">HHIIBBHHH", sport, dport, 1, 1, 0x50, flags, 100, 0, 0)
    return 17, struct.pack(">HHHH", sport, dport, 28, 0) + b"u" * 20


def packet(rnd, kind, number):
    net = "10.77.0" if kind == "flows" else "10.99.0"
    client = address(f"{net}.{rnd.randrange(10, 14)}")
    server = address(f"198.51.100.{rnd.randrange(1, 80)}")
    ports = (rnd.randrange(40000, 40020), rnd.choice([53, 80, 443, 8080]))
    ends = (client, server)
    if rnd.random() < 0.5:
        ports, ends = ports[::-1], ends[::-1]
    proto, data = l4(rnd, kind, *ports, number)
    head = struct.pack(
        ">BBHHHBBH", 0x45, 0, 20 + len(data), 0, 0, 64, proto, 0)
    return head + ends[0] + ends[1] + data


def main():
    seed, kind, count, span, seconds = sys.argv[1:]
    rnd = random.Random(int(seed))
    count, span, seconds = int(count), float(span), float(seconds)
    out = sys.stdout.buffer
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
    step = max(1, int(count / (seconds * PAUSES))) if seconds else count
    for i in range(count):
        when = 1700000000 + i * span / count
        data = packet(rnd, kind, i)
        out.write(struct.pack("<IIII", int(when), int(when % 1 * 1e6),
                              len(data), len(data)) + data)
        if i % step == step - 1 and seconds:
            out.flush()
            time.sleep(1 / PAUSES)


main()

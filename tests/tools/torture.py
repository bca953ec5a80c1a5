#!/usr/bin/python3
"""torture.py KIND PORT FILE ROUNDS [BAD...]: ill-treat a program that listens
at 127.0.0.1:PORT.  FILE is a stream that it takes; of it come all beginnings,
copies with a flipped bit in each octet, copies that go on with frames that
never end or are longer than allowed, and random octets; for v1 the same of
what begins a TLS session.  BAD are streams that
are sent as they are.  KIND, v1 or dnstap, says what a length looks like.  Each
connection must be closed by the program within some seconds, also the slow
ones, which send one octet now and then.  Prints "connections N"."""
import random
import socket
import ssl
import sys
import threading
import time

KIND, PORT, ROUNDS = sys.argv[1], int(sys.argv[2]), int(sys.argv[4])
PATIENCE = 20.0
SLOW = 4      # of them at a time
THREADS = 3


def read(path):
    with open(path, "rb") as file:
        return file.read()


STREAM = read(sys.argv[3])
BAD = [read(x) for x in sys.argv[5:]]
count = 0
failed = []


def client_hello():
    """What a TLS client says first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    out = ssl.MemoryBIO()
    tls = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


BEGINS = [STREAM] + ([client_hello()] if KIND == "v1" else [])


def attempt(data, reset):
    """One connection; whether the program ends it when we have said DATA."""
    with socket.create_connection(("127.0.0.1", PORT), PATIENCE) as s:
        if reset:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                         b"\1\0\0\0\0\0\0\0")
        try:
            s.sendall(data)
            if reset:
                return True
            s.shutdown(socket.SHUT_WR)
            while s.recv(65536):
                pass
        except (ConnectionResetError, BrokenPipeError):
            pass
        except OSError as e:
            if e.errno not in (32, 104, 107):  # closed while we spoke
                raise
    return True


def endless(rng):
    """Heads of frames whose ends never come, and lengths out of bounds."""
    if KIND == "dnstap":
        return [STREAM[:46] + (n).to_bytes(4, "big") + rng.randbytes(3000)
                for n in (1 << 20, (1 << 20) + 1, 1 << 31, (1 << 32) - 1)] + [
            b"\0\0\0\0" + (n).to_bytes(4, "big") + rng.randbytes(600)
            for n in (0, 3, 512, 513, 1 << 31)]
    return [STREAM + bytes([kind]) + size + rng.randbytes(3000)
            for kind in (0x01, 0x10, 0x30, 0xa0, 0xf0)
            for size in (b"\xff\xff\x3f", b"\xff\xff\xff\x7f",
                         b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")]


def cases(rng):
    for begin in BEGINS:
        for i in range(len(begin)):
            yield begin[:i], i % 2 == 1
        for i in range(len(begin)):
            flipped = bytearray(begin)
            flipped[i] ^= 1 << rng.randrange(8)
            yield bytes(flipped), False
    for data in endless(rng):
        yield data, False
    for data in BAD:
        yield data, False
    for _ in range(50):
        yield rng.randbytes(rng.randrange(1, 5000)), rng.random() < 0.3
        yield BEGINS[-1][:12] + rng.randbytes(rng.randrange(1, 500)), False


def work(mine):
    global count
    for data, reset in mine:
        try:
            attempt(data, reset)
            count += 1
        except Exception as e:  # pylint: disable=broad-except
            failed.append("%d octets %r...: %r" % (len(data), data[:20], e))
            return


def drip(begin):
    """As slow as can be: the program must lose patience first."""
    global count
    with socket.create_connection(("127.0.0.1", PORT), PATIENCE) as s:
        end = time.monotonic() + PATIENCE
        s.settimeout(0.2)
        for octet in begin[:12] * 100:
            try:
                s.sendall(bytes([octet]))
                while s.recv(65536):
                    pass
                count += 1
                return
            except TimeoutError:
                if time.monotonic() > end:
                    failed.append("one that is slow is borne for ever")
                    return
            except (ConnectionResetError, BrokenPipeError):
                count += 1
                return


def main():
    threads = [threading.Thread(target=drip, args=(BEGINS[i % len(BEGINS)],))
               for i in range(SLOW)]
    for r in range(ROUNDS):
        rng = random.Random(r)
        every = list(cases(rng))
        rng.shuffle(every)
        threads += [threading.Thread(target=work, args=(every[i::THREADS],))
                    for i in range(THREADS)]
        for t in threads:
            if not t.is_alive() and t.ident is None:
                t.start()
        for t in threads[-THREADS:]:
            t.join()
    for t in threads:
        t.join()
    print("connections %d" % count)
    for why in failed:
        print("failed: " + why)
    return 1 if failed else 0


sys.exit(main())

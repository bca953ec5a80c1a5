#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Captures of tunnels, read without any code of the programs.

tunnel.py relink TYPE IN OUT
    Write the Ethernet capture IN with another link type: raw, null, sll, sll2.
tunnel.py check KIND IN OUTER [VNI]
    Every packet of the capture IN is in OUTER, encapsulated in KIND (vxlan or
    geneve), in order, with its octets, lengths and time, and all headers and
    checksums are right; a flow has one source port in both directions.
"""
import struct
import sys

LINK = {"ether": 1, "null": 0, "raw": 101, "sll": 113, "sll2": 276}
HEAD = {1: 0, 0: 4, 101: 0, 113: 16, 276: 20}


def fail(why):
    """End with a message."""
    sys.exit("tunnel.py: " + why)


def packets(name):
    """Yield the link type first, then (ns, octets, wire length)."""
    with open(name, "rb") as f:
        data = f.read()
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<",
             b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}[data[:4]]
    unit = 1 if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1000
    yield struct.unpack(order + "I", data[20:24])[0]
    at = 24
    while at < len(data):
        sec, part, caplen, size = struct.unpack(order + "IIII",
                                                data[at:at + 16])
        at += 16
        yield sec * 10**9 + part * unit, data[at:at + caplen], size
        at += caplen


def write(out, link, items):
    """Write a capture with nanoseconds."""
    with open(out, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, link))
        for ns, octets, size in items:
            f.write(struct.pack("<IIII", ns // 10**9, ns % 10**9,
                                len(octets), size))
            f.write(octets)


def relink(kind, name, out):
    """Replace Ethernet headers; what is not IP or cut short is left out."""
    source = packets(name)
    if next(source) != 1:
        fail(name + " is not Ethernet")
    done = []
    for ns, octets, size in source:
        if len(octets) < 14 or octets[12:14] not in (b"\x08\0", b"\x86\xdd"):
            continue
        rest, ether = octets[14:], octets[12:14]
        head = {"raw": b"", "null": struct.pack("<I", 2),
                "sll": b"\0\0\0\1\0\6" + octets[6:12] + b"\0\0" + ether,
                "sll2": ether + b"\0\0\0\0\0\1\0\1\0\6" + octets[6:12] +
                        b"\0\0"}[kind]
        done.append((ns, head + rest, size - 14 + len(head)))
    write(out, LINK[kind], done)


def total(octets):
    """The one's complement sum of RFC 1071."""
    if len(octets) % 2:
        octets += b"\0"
    n = int.from_bytes(octets, "big") % 0xffff
    return n or (0xffff if any(octets) else 0)


def outer_ip(octets, size):
    """Check the IP header; return what is behind, its size, pseudo header."""
    if octets[0] == 0x45:
        if struct.unpack("!H", octets[2:4])[0] != size:
            fail("length of IPv4")
        if total(octets[:20]) != 0xffff:
            fail("checksum of IPv4")
        if octets[8] != 32 or octets[9] != 17 or octets[6:8] != b"\0\0":
            fail("fields of IPv4")
        pseudo = octets[12:20] + struct.pack("!HH", 17, size - 20)
        return octets[20:], size - 20, pseudo
    if octets[0] >> 4 != 6 or octets[6] != 17 or octets[7] != 32:
        fail("fields of IPv6")
    if struct.unpack("!H", octets[4:6])[0] != size - 40:
        fail("length of IPv6")
    pseudo = octets[8:40] + struct.pack("!II", size - 40, 17)
    return octets[40:], size - 40, pseudo


def outer_udp(octets, size, pseudo, port):
    """Check UDP; return source port, payload and its size."""
    sport, dport, length, checksum = struct.unpack("!HHHH", octets[:8])
    if length != size or dport != port or not 1024 <= sport <= 51023:
        fail("fields of UDP")
    if len(octets) == size:
        if checksum == 0 or total(pseudo + octets) != 0xffff:
            fail("checksum of UDP")
    elif checksum != 0:
        fail("a checksum of what is not there")
    return sport, octets[8:], size - 8


def inner(octets, link):
    """What of a packet is carried: EtherType or None, octets behind it."""
    rest = octets[HEAD[link]:]
    if link == 1:
        return None, rest
    if link == 113:
        return octets[14:16], rest
    if link == 276:
        return octets[0:2], rest
    return (b"\x08\0" if rest[0] >> 4 == 4 else b"\x86\xdd"), rest


def tunnel(kind, octets, size, vni, ether):
    """Check the tunnel's header, and one that was made; return the rest."""
    if octets[4:8] != struct.pack("!I", vni << 8):
        fail("VNI")
    made = kind == "vxlan" and ether is not None
    if kind == "vxlan":
        if octets[:4] != b"\x08\0\0\0":
            fail("flags of VXLAN")
    elif octets[:4] != b"\0\0" + (ether or b"\x65\x58"):
        fail("protocol of GENEVE")
    if not made:
        return octets[8:], size - 8
    if octets[8:14] != b"\2\0\0\0\0\2" or octets[20:22] != ether:
        fail("the Ethernet header that was made")
    return octets[22:], size - 22


def endpoints(octets):
    """A key of the flow of an untagged UDP or TCP packet, or None."""
    if octets[:1] == b"\x45" and octets[9] in (6, 17) and len(octets) >= 24:
        if octets[6] & 0x3f or octets[7]:
            return None
        ends = [octets[12:16] + octets[20:22], octets[16:20] + octets[22:24]]
        return octets[9], tuple(sorted(ends))
    return None


def check(kind, name, outer, vni=4242):
    """Compare IN and OUTER."""
    source, result = packets(name), packets(outer)
    link, out_link = next(source), next(result)
    ports, n = {}, 0
    for ns, octets, size in source:
        n += 1
        got = next(result, None)
        if got is None:
            fail("packet %d is missing" % n)
        out_ns, out, out_size = got
        if out_ns != ns:
            fail("time of packet %d" % n)
        if out_link == 1:
            if out[:12].hex() != "0c552183136e0c552183136d":
                fail("outer addresses of Ethernet")
            if out[12:14] != (b"\x08\0" if out[14] >> 4 == 4 else b"\x86\xdd"):
                fail("outer EtherType")
            out, out_size = out[14:], out_size - 14
        ether, want = inner(octets, link)
        udp, left, pseudo = outer_ip(out, out_size)
        sport, payload, left = outer_udp(
            udp, left, pseudo, 4789 if kind == "vxlan" else 6081)
        payload, left = tunnel(kind, payload, left, int(vni), ether)
        if payload != want or left != size - HEAD[link]:
            fail("packet %d differs" % n)
        flow = endpoints(want[14:] if link == 1 and want[12:14] == b"\x08\0"
                         else want if link != 1 else b"")
        if flow is not None and ports.setdefault(flow, sport) != sport:
            fail("packet %d has another source port than its flow" % n)
    if next(result, None) is not None:
        fail("there are more packets than %d" % n)
    if n == 0:
        fail("no packets")
    print("%d packets, %d flows, %d ports" %
          (n, len(ports), len(set(ports.values()))))


if __name__ == "__main__":
    if sys.argv[1] == "relink":
        relink(*sys.argv[2:])
    else:
        check(*sys.argv[2:])

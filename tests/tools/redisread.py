#!/usr/bin/python3
"""Reads a database as the web application of the old agents does, with
redis-cli SOCKET in the place of its library, and fails where it would."""

import ipaddress
import subprocess
import sys

KINDS = ("dns", "cname", "nx", "flow", "rst", "icmp")


def ask(*command):
    out = subprocess.run(["redis-cli", "-s", sys.argv[1], "--raw", *command],
                         check=True, capture_output=True).stdout
    return out.decode("utf-8")[:-1]  # it wants UTF-8 everywhere


def keys(pattern):
    return [k for k in ask("KEYS", pattern).split("\n") if k]


def read(key, value):
    """What one key means; ValueError where the application fails."""
    field = key.split(";")
    ipaddress.ip_address(field[0])
    kind = field[-1]
    if kind in ("dns", "flow", "rst", "icmp"):
        ipaddress.ip_address(field[1])
    if kind in ("flow", "rst", "icmp") and not field[2]:
        raise ValueError("no port")
    if kind in ("dns", "cname"):
        names = [n for n in value.split(";") if n]
        if not names:
            raise ValueError("no names")
        return names
    return int(value)


def main():
    seen = dict.fromkeys(KINDS, 0)
    for client in keys("client;*"):
        addr = client.split(";", 1)[1]
        if str(ipaddress.ip_address(addr)) != addr:
            raise ValueError(f"{addr} is no canonical address")
        int(ask("GET", client))
        for key in keys(addr + ";*"):
            kind = key.split(";")[-1]
            if kind not in KINDS:
                if kind != "peer":
                    raise ValueError(f"{key} is of no kind")
                continue
            value = ask("GET", key)
            if not value:
                raise ValueError(f"{key} is empty")
            if not (key + value).isascii() or not (key + value).isprintable():
                raise ValueError(f"{key} has more than printable ASCII")
            read(key, value)
            seen[kind] += 1
    print(" ".join(f"{kind}={n}" for kind, n in seen.items()))


main()

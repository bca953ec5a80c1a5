#!/usr/bin/python3
"""hostile.py DIR SOCKET: whether every line, object and key that came of the
names in DIR/names is whole, and says just these names.  See
tests/scenario/hostile-names.sh."""
import csv
import json
import re
import socket
import sys

DIR = sys.argv[1]
CLIENT = "10.0.0.1"


def fail(why):
    print("not ok " + why)
    sys.exit(1)


def ok(what):
    print("ok " + what)


def octets_of(text):
    """A name as octets: labels, each with its length."""
    labels = [b""]
    i = 0
    while i < len(text):
        if text[i] == "\\" and text[i + 1].isdigit():
            labels[-1] += bytes([int(text[i + 1:i + 4])])
            i += 4
        elif text[i] == "\\":
            labels[-1] += text[i + 1].encode("latin-1")
            i += 2
        elif text[i] == ".":
            labels.append(b"")
            i += 1
        else:
            labels[-1] += text[i].encode("latin-1")
            i += 1
    if labels[-1] != b"" or (b"" in labels[:-1] and text != "."):
        fail("no name with a dot at its end: " + text)
    return tuple(x for x in labels if x).__repr__().lower()


def split(text, mark):
    """Split where MARK has no backslash before it."""
    parts = [""]
    escaped = False
    for c in text:
        if c == mark and not escaped:
            parts.append("")
            continue
        parts[-1] += c
        escaped = c == "\\" and not escaped
    return parts


def lines(name):
    """Lines of a file, of printable ASCII alone."""
    with open(DIR + "/" + name, "rb") as file:
        data = file.read()
    if re.search(rb"[^\n -~]", data):
        fail(name + " has octets that are not printable")
    if not data.endswith(b"\n"):
        fail(name + " has no newline at its end")
    return data.decode().split("\n")[:-1]


def same(what, got, want):
    if sorted(got) != sorted(want):
        odd = set(got) ^ set(want)
        fail("%s: %d and %d, odd: %s" % (what, len(got), len(want), odd))
    ok("%s: %d" % (what, len(got)))


with open(DIR + "/names", encoding="ascii") as file:
    NAMES = [octets_of(x.rstrip("\n")) for x in file]
ALIASES = [octets_of("alias%d.ex." % i) for i in range(len(NAMES))]

# ---- the DNS log ----
asked, chains = [], []
for line in lines("dns"):
    if line.startswith("#"):
        continue
    field = line.split(" ")
    if len(field) != 9 or field[1] != CLIENT:
        fail("dns: " + line)
    asked.append(octets_of(field[4]))
    if field[5] != "-":
        chains += [octets_of(x) for x in split(field[5], ",")]
same("questions in the DNS log", asked, NAMES + ALIASES + NAMES)
same("targets in the DNS log", chains, NAMES)

# ---- packets ----
same("lines of the text log", [len(x.split(":")) for x in lines("text")
                               if not x.startswith("#")],
     [8] * (2 * len(NAMES)))
rows = list(csv.reader(lines("csv"), strict=True))
same("lines of CSV", [len(x) for x in rows],
     [len(rows[0])] * (2 * len(NAMES) + 1))

# ---- JSON ----
objects = [json.loads(x) for x in lines("json")]
answers = [x for x in objects if x["kind"] == "dns" and x["what"] == "answer"]
same("questions in JSON", [octets_of(x["question"]) for x in answers],
     NAMES + ALIASES + NAMES)
same("targets in JSON",
     [octets_of(y) for x in answers for y in x["chain"]], NAMES)

# ---- the JSON datagrams of the old agent: the question comes last ----
events = [json.loads(x) for x in lines("datagrams")]
same("questions in datagrams", [octets_of(x["chain"][-1]) for x in events],
     NAMES + ALIASES + NAMES)

# ---- flows ----
fields = lines("flows.text")[0].split(" ")[1:]
text = [dict(zip(fields, x.split(" "), strict=True))
        for x in lines("flows.text")[1:]]
table = [dict(zip(fields, x, strict=True))
         for x in csv.reader(lines("flows.csv"), strict=True)][1:]
flows = [json.loads(x) for x in lines("flows.json")]
for form, got in ("text", text), ("CSV", table):
    same("names of flows in " + form,
         [octets_of(x["name"]) for x in got], NAMES + ALIASES)
    same("names on the way in " + form,
         [octets_of(y) for x in got for y in split(x["chain"], ",")],
         NAMES + ALIASES + NAMES)
same("names of flows in JSON", [octets_of(x["name"]) for x in flows],
     NAMES + ALIASES)
same("names on the way in JSON",
     [octets_of(y) for x in flows for y in x["chain"]],
     NAMES + ALIASES + NAMES)


# ---- Redis ----
def ask(*words):
    """One command and its answer, in the protocol of Redis."""
    FILE.write(b"*%d\r\n" % len(words))
    for word in words:
        FILE.write(b"$%d\r\n%s\r\n" % (len(word), word))
    FILE.flush()
    return answer()


def answer():
    line = FILE.readline()
    if line[:1] == b"*":
        return [answer() for _ in range(int(line[1:]))]
    if line[:1] == b"$":
        data = FILE.read(int(line[1:]) + 2)
        return data[:-2]
    return line


def listed(value):
    """The names in a list: ;NAME;;NAME; and so on."""
    parts = split(value, ";")
    if len(parts) % 2 == 0 or any(parts[::2]):
        fail("Redis: list: " + value)
    return [octets_of(x) for x in parts[1::2]]


UNIX = socket.socket(socket.AF_UNIX)
UNIX.connect(sys.argv[2])
FILE = UNIX.makefile("rwb")
keys = {"nx": [], "cname": [], "dns": [], "flow": [], "peer": []}
aliases, named = [], []
for key in ask(b"KEYS", b"*"):
    value = ask(b"GET", key)
    if re.search(rb"[^ -~]", key + value):
        fail("Redis: %r = %r" % (key, value))
    key, value = key.decode(), value.decode()
    part = split(key, ";")
    if key == "client;" + CLIENT:
        continue
    if part[-1] not in keys:
        fail("Redis: key: " + key)
    if part[-1] == "nx":
        # As the old agents had it, a semicolon is bare in these.
        name = key[len(CLIENT) + 1:-len(";nx")]
        keys["nx"].append(octets_of(name.replace(";", "\\;")))
        continue
    if len(part) != {"flow": 4}.get(part[-1], 3):
        fail("Redis: fields: " + key)
    keys[part[-1]].append(key)
    if part[-1] == "cname":
        named.append(octets_of(part[1]))
        aliases += listed(value)
    elif part[-1] == "dns":
        named += listed(value)
same("names in Redis that do not exist", keys["nx"], NAMES)
same("aliases in Redis", aliases, ALIASES)
same("names in Redis", named, NAMES + NAMES + NAMES)

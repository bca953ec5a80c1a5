# SPDX-License-Identifier: BSD-3-Clause
"""The examples, under a stand-in of CORE's gRPC client and XML reader."""
import dataclasses
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import types
import unittest
import xml.etree.ElementTree as ET

SERVICES = pathlib.Path(__file__).parents[2] / "core-services"
EXAMPLES = SERVICES / "examples"
NAMES = ["chain", "mgen"]

# CORE's own services that they use, with the files of each
KNOWN = {"DefaultRoute": [], "IPForward": [], "MGEN_Sink": ["sink.mgen"]}
# models whose default services need programs that may not be there
AVOIDED = {"router", "host", "mdr"}


@dataclasses.dataclass
class Data:
    """ConfigServiceData up to CORE 9.0, ServiceData later."""

    templates: dict = dataclasses.field(default_factory=dict)
    config: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Position:
    x: float
    y: float


@dataclasses.dataclass
class Interface:
    id: int
    name: str = None
    mac: str = None
    ip4: str = None
    ip4_mask: int = None
    ip6: str = None
    ip6_mask: int = None


@dataclasses.dataclass
class LinkOptions:
    jitter: int = 0
    loss: float = 0
    bandwidth: int = 0
    delay: int = 0
    dup: int = 0
    buffer: int = 0
    unidirectional: bool = False


class Node:
    def __init__(self, _id, name, model, position):
        self.id, self.name, self.model = _id, name, model
        self.position = position


class OldNode(Node):
    """Of CORE 8 and 9.0: the older kind of services is there, too."""

    def __init__(self, *args):
        super().__init__(*args)
        self.services, self.service_configs = None, None
        self.config_services, self.config_service_configs = set(), {}

    def set_up(self):
        return self.config_services, self.config_service_configs


class NewNode(Node):
    def __init__(self, *args):
        super().__init__(*args)
        self.services, self.service_configs = set(), {}

    def set_up(self):
        return self.services, self.service_configs


class Session:
    id = 7

    def __init__(self, node_class):
        self.node_class, self.nodes, self.links = node_class, {}, []

    def add_node(self, _id, *, name=None, model="PC", position=None):
        node = self.node_class(_id, name, model, position)
        self.nodes[_id] = node
        return node

    def add_link(
        self, *, node1, node2, iface1=None, iface2=None, options=None
    ):
        self.links.append((node1.id, node2.id, iface1, iface2, options))


class InterfaceHelper:
    def __init__(self, ip4_prefix=None, ip6_prefix=None):
        self.prefixes = ip4_prefix, ip6_prefix

    def create_iface(self, node_id, iface_id, name=None, mac=None):
        return Interface(iface_id, ip4="x", ip4_mask=24, ip6="x", ip6_mask=64)


def stand_in(node_class, result=(True, [])):
    """Return CORE's modules, and a list of the sessions that start."""
    started = []

    class Client:
        connected = False

        def connect(self):
            self.connected = True

        def create_session(self, session_id=None):
            assert self.connected
            return Session(node_class)

        def start_session(self, session, definition=False):
            started.append(session)
            return result

    def module(name, **members):
        m = types.ModuleType(name)
        m.__dict__.update(members)
        return m

    client = module(
        "core.api.grpc.client",
        CoreGrpcClient=Client,
        InterfaceHelper=InterfaceHelper,
    )
    data = "ConfigServiceData" if node_class is OldNode else "ServiceData"
    wrappers = module(
        "core.api.grpc.wrappers",
        Position=Position,
        LinkOptions=LinkOptions,
        **{data: Data},
    )
    grpc = module("core.api.grpc", client=client, wrappers=wrappers)
    mods = {m.__name__: m for m in (client, wrappers, grpc)}
    mods["core"], mods["core.api"] = module("core"), module("core.api")
    return mods, started


def run(name, node_class, result=(True, [])):
    """Run the script as its user does; return the session that it starts."""
    mods, started = stand_in(node_class, result)
    sys.modules.update(mods)
    out, sys.stdout = sys.stdout, open(os.devnull, "w")
    try:
        spec = importlib.util.spec_from_file_location(
            "example", EXAMPLES / f"{name}.py"
        )
        m = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(m)
        m.main()
    finally:
        sys.stdout.close()
        sys.stdout = out
        for mod in mods:
            del sys.modules[mod]
    return started[0]


def read(name):
    return ET.parse(EXAMPLES / f"{name}.xml").getroot()


def ours():
    text = (SERVICES / "pcapper.py").read_text()
    return set(re.findall(r'_option\("(\w+)"', text))


class Xml(unittest.TestCase):
    def test_every_id_service_and_interface_is_there(self):
        for name in NAMES:
            with self.subTest(name):
                root = read(name)
                self.assertEqual(root.tag, "scenario")
                devices = {d.get("id"): d for d in root.iter("device")}
                names = [d.get("name") for d in devices.values()]
                self.assertEqual(len(set(names)), len(names))
                used = {
                    i: {s.get("name") for s in d.iter("service")}
                    for i, d in devices.items()
                }
                for i, d in devices.items():
                    self.assertNotIn(d.get("type"), AVOIDED)
                    self.assertIn("PCapper", used[i])
                    self.assertLessEqual(used[i] - {"PCapper"}, set(KNOWN))
                self.check_links(root, devices)
                self.check_configs(root, used)

    def check_links(self, root, devices):
        seen = set()
        for link in root.iter("link"):
            for k in "1", "2":
                node = link.get("node" + k)
                self.assertIn(node, devices)
                iface = link.find("iface" + k)
                key = node, iface.get("id")
                self.assertNotIn(key, seen)
                self.assertEqual(iface.get("name"), "eth" + iface.get("id"))
                self.assertNotIn(iface.get("ip4"), seen)
                seen |= {key, iface.get("ip4")}

    def check_configs(self, root, used):
        configs = root.find("configservice_configurations")
        for service in configs:
            name = service.get("name")
            self.assertIn(name, used[service.get("node")])
            for c in service.iter("config"):
                self.assertEqual(name, "PCapper")
                self.assertIn(c.get("key"), ours())
            for t in service.iter("template"):
                self.assertIn(t.get("name"), KNOWN[name])


class Grpc(unittest.TestCase):
    def test_script_and_xml_are_the_same_scenario(self):
        for name in NAMES:
            for node_class in OldNode, NewNode:
                with self.subTest(name, node_class=node_class):
                    session, root = run(name, node_class), read(name)
                    self.check_nodes(session, root)
                    self.check_links(session, root)
                    self.check_services(session, root)

    def check_nodes(self, session, root):
        self.nodes = {}
        for d in root.iter("device"):
            node = session.nodes.pop(int(d.get("id")))
            self.assertEqual(node.name, d.get("name"))
            self.assertEqual(node.model, d.get("type"))
            self.assertEqual(
                node.position.x, float(d.find("position").get("x"))
            )
            names = {s.get("name") for s in d.iter("service")}
            self.assertEqual(node.set_up()[0], names)
            self.nodes[d.get("id")] = node
        self.assertEqual(session.nodes, {})

    def check_links(self, session, root):
        links = list(root.iter("link"))
        self.assertEqual(len(session.links), len(links))
        for link, got in zip(links, session.links):
            self.assertEqual(int(link.get("node1")), got[0])
            self.assertEqual(int(link.get("node2")), got[1])
            for k in 0, 1:
                iface = link.find(f"iface{k + 1}")
                self.assertEqual(int(iface.get("id")), got[2 + k].id)
                self.assertEqual(iface.get("ip4"), got[2 + k].ip4)
                self.assertEqual(iface.get("ip6"), got[2 + k].ip6)
            options = link.find("options")
            for key in "bandwidth", "delay":
                want = 0 if options is None else int(options.get(key))
                self.assertEqual(getattr(got[4], key, 0), want)

    def check_services(self, session, root):
        configs = {i: n.set_up()[1] for i, n in self.nodes.items()}
        for service in root.find("configservice_configurations"):
            data = configs[service.get("node")].pop(service.get("name"))
            self.assertEqual(
                {c.get("key"): c.get("value") for c in service.iter("config")},
                data.config,
            )
            self.assertEqual(
                {t.get("name"): t.text for t in service.iter("template")},
                data.templates,
            )
        self.assertEqual(list(filter(None, configs.values())), [])

    def test_a_session_that_does_not_start_is_an_error(self):
        for name in NAMES:
            with self.assertRaises(SystemExit) as e:
                run(name, NewNode, (False, ["no service"]))
            self.assertEqual(e.exception.code, "no service")


class Mgen(unittest.TestCase):
    @unittest.skipUnless(shutil.which("mgen"), "mgen is not installed")
    def test_mgen_takes_the_scripts(self):
        scripts = list(read("mgen").iter("template"))
        self.assertEqual(len(scripts), 2)
        for t in scripts:
            with tempfile.TemporaryDirectory() as d:
                path = pathlib.Path(d) / "sink.mgen"
                # to ourselves, and sooner
                text = re.sub(r"DST [\d.]+/\d+", "DST 127.0.0.1/9", t.text)
                path.write_text(
                    text.replace("\n10.0 ", "\n0.1 ").replace(
                        "\n70.0 ", "\n0.6 "
                    )
                )
                said = subprocess.run(
                    ["timeout", "-s", "INT", "2", "mgen", "input", path,
                     "txlog", "output", pathlib.Path(d) / "log"],
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    text=True,
                ).stdout
                log = (pathlib.Path(d) / "log").read_text()
                self.assertNotRegex(said, "(?i)error|invalid")
                self.assertIn("SEND proto>UDP flow>", log)
                self.assertIn("LISTEN proto>UDP", log)


if __name__ == "__main__":
    unittest.main()

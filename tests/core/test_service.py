# SPDX-License-Identifier: BSD-3-Clause
"""The CORE service, under a stand-in of each of CORE's two base classes."""
import enum
import importlib.util
import inspect
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import types
import unittest

try:
    from mako.template import Template
except ImportError:
    Template = None

SERVICE = pathlib.Path(__file__).parents[2] / "core-services" / "pcapper.py"

PCAPPER = pathlib.Path(os.environ.get("B", "build")).resolve() / "bin/pcapper"
RECOLLECT = PCAPPER.parent / "recollect"

# A pcapper that keeps its arguments and becomes a daemon, as the real one does.
FAKE = """#!{python}
import os, signal, sys
pidfile = sys.argv[sys.argv.index("--pidfile") + 1]
if "--status" in sys.argv:
    try:
        os.kill(int(open(pidfile).read()), 0)
    except (OSError, ValueError):
        print("stopped")
        sys.exit(1)
    print("running")
    sys.exit(0)
open("args", "w").write("\\n".join(sys.argv[4:]))
open(sys.argv[sys.argv.index("-f") + 1], "w").write("a line\\n")
r, w = os.pipe()
if os.fork() > 0:
    os.read(r, 1)
    os._exit(0)
def stop(*args):
    os.remove(pidfile)
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
open(pidfile, "w").write(str(os.getpid()))
os.write(w, b"x")
signal.pause()
"""


class Mode(enum.Enum):
    BLOCKING = 0
    NON_BLOCKING = 1
    TIMER = 2


class Base:
    """What both of CORE's base classes do with a service."""

    def __init__(self, node):
        self.node = node
        self.config = {c.id: c for c in self.default_configs}
        self.custom_config = {}

    def render_config(self):
        if self.custom_config:
            return self.custom_config
        return {k: v.default for k, v in self.config.items()}

    def rendered(self, name):
        text = inspect.cleandoc(self.get_text_template(name))
        return Template(text).render_unicode(
            node=self.node, config=self.render_config(), **self.data()
        )


class Option:
    def __init__(self, id, label="", default=""):
        self.id, self.label, self.default = id, label, default


class OldOption:
    """Configuration of CORE 6 and 7."""

    def __init__(self, _id, _type, label=None, default="", options=None):
        self.id, self.type = _id, _type
        self.label, self.default = label, default


class Node:
    name = "n1"


def module(name, **members):
    m = types.ModuleType(name)
    m.__dict__.update(members)
    return m


def stand_in(generation):
    """Return the modules of a generation of CORE that a service imports."""
    mods = {"core": module("core")}
    if generation == "9.2":
        mods["core.services"] = module("core.services")
        mods["core.services.base"] = module(
            "core.services.base", CoreService=Base, ServiceMode=Mode
        )
    else:
        # this package existed, for an older kind of service
        mods["core.services"] = module("core.services", __path__=[])
        mods["core.configservice"] = module("core.configservice")
        mods["core.configservice.base"] = module(
            "core.configservice.base",
            ConfigService=Base,
            ConfigServiceMode=Mode,
        )
    if generation == "6.1":
        mods["core.config"] = module("core.config", Configuration=OldOption)
        mods["core.emulator"] = module("core.emulator")
        mods["core.emulator.enumerations"] = module(
            "core.emulator.enumerations",
            ConfigDataTypes=types.SimpleNamespace(STRING=10),
        )
    else:
        mods["core.config"] = module("core.config", ConfigString=Option)
    return mods


def load(generation, node):
    """Load the service as that generation of CORE does."""
    mods = stand_in(generation)
    sys.modules.update(mods)
    try:
        spec = importlib.util.spec_from_file_location("pcapper", SERVICE)
        m = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(m)
    finally:
        for name in mods:
            del sys.modules[name]
    return m.PCapper(node)


GENERATIONS = ["6.1", "9.0", "9.2"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Attributes(unittest.TestCase):
    def test_every_generation_finds_all_it_asks_for(self):
        for generation in GENERATIONS:
            with self.subTest(generation):
                s = load(generation, Node())
                for name in (
                    "directories files executables dependencies startup "
                    "validate shutdown default_configs"
                ).split():
                    self.assertIsInstance(getattr(s, name), list, name)
                self.assertEqual(s.name, "PCapper")
                self.assertEqual(s.group, "Monitoring")
                self.assertEqual(s.modes, {})
                self.assertIs(s.validation_mode, Mode.BLOCKING)
                self.assertGreater(s.validation_timer, 0)
                self.assertGreater(s.validation_period, 0)
                self.assertEqual(s.executables, ["pcapper"])

    def test_options_are_those_of_the_readme(self):
        text = (SERVICE.parent / "README.md").read_text()
        text = text[text.index("## Options"):text.index("## Collecting")]
        rows = [r.split("|") for r in text.splitlines() if r.startswith("| ")]
        named = [r[1].strip() for r in rows if r[1].strip() != "option"]
        s = load("9.2", Node())
        self.assertEqual([c.id for c in s.default_configs], named)

    def test_every_interface_is_watched_unless_some_are_named(self):
        for generation in GENERATIONS:
            with self.subTest(generation):
                s = load(generation, Node())
                self.assertTrue(s.data()["args"].startswith("-i all -m "))
                s.custom_config = {"interfaces": "eth0 eth1"}
                args = s.data()["args"]
                self.assertTrue(args.startswith("-i eth0 -i eth1 -m "))

    def test_options_not_set_keep_their_defaults(self):
        s = load("9.2", Node())
        s.custom_config = {"method": "none", "interfaces": "ctrl0"}
        self.assertEqual(
            s.data()["args"],
            "-i ctrl0 -m none -f ./pcapper.log --node n1 "
            "--listen unix:pcapper.sock -p 7073",
        )

    def test_without_a_port_there_is_no_tcp(self):
        s = load("9.2", Node())
        s.custom_config = {"port": " "}
        self.assertTrue(s.data()["args"].endswith("unix:pcapper.sock"))
        s.custom_config = {"port": "no"}
        self.assertRaises(ValueError, s.data)

    def test_values_cannot_break_out_of_the_script(self):
        s = load("9.2", Node())
        s.custom_config = {
            "method": "udp; touch broken $(touch broken)",
            "extra": "--node 'a b'",
        }
        args = subprocess.run(
            ["sh", "-c", "printf '%s\\n' " + s.data()["args"]],
            stdout=subprocess.PIPE, text=True, check=True,
        ).stdout.splitlines()
        self.assertIn("udp; touch broken $(touch broken)", args)
        self.assertEqual(args[-2:], ["--node", "a b"])


@unittest.skipIf(Template is None, "python3-mako is not installed")
class Script(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.dir)
        (self.dir / "bin").mkdir()
        fake = self.dir / "bin" / "pcapper"
        fake.write_text(FAKE.format(python=sys.executable))
        fake.chmod(0o755)
        self.service = load("9.2", Node())
        self.service.custom_config = {"port": str(free_port())}

    def write(self):
        text = self.service.rendered("pcapper.sh")
        (self.dir / "pcapper.sh").write_text(text)

    def run_command(self, command):
        """Run one command of the service as a node does; its status."""
        env = dict(
            os.environ,
            PATH=f"{self.dir}/bin:{os.environ['PATH']}",
            SESSION_DIR=f"{self.dir}/session",
        )
        return subprocess.run(
            command.split(), cwd=self.dir, env=env, timeout=20,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ).returncode

    def test_starts_reports_and_stops(self):
        self.service.custom_config["keep"] = "session"
        self.write()
        s = self.service
        self.assertNotEqual(self.run_command(s.validate[0]), 0)
        # returns although its child goes on: nothing holds standard output
        self.assertEqual(self.run_command(s.startup[0]), 0)
        self.addCleanup(self.run_command, s.shutdown[0])
        self.assertEqual(self.run_command(s.validate[0]), 0)
        pid = int((self.dir / "pcapper.pid").read_text())
        args = (self.dir / "args").read_text().split("\n")
        self.assertEqual(args[:4], "-i all -m src".split())
        self.assertEqual(self.run_command(s.shutdown[0]), 0)
        wait_for(lambda: not pathlib.Path(f"/proc/{pid}").exists())
        self.assertFalse((self.dir / "pcapper.pid").exists())
        self.assertEqual(args[-2:], ["--keep", f"{self.dir}/session"])
        self.assertTrue((self.dir / "session").is_dir())

    def test_a_second_start_leaves_the_first_alone(self):
        self.write()
        s = self.service
        self.assertEqual(self.run_command(s.startup[0]), 0)
        self.addCleanup(self.run_command, s.shutdown[0])
        pid = (self.dir / "pcapper.pid").read_text()
        self.assertEqual(self.run_command(s.startup[0]), 0)
        self.assertEqual((self.dir / "pcapper.pid").read_text(), pid)

    @unittest.skipUnless(
        os.geteuid() == 0 and PCAPPER.exists(), "needs root and pcapper"
    )
    def test_the_real_program_starts_reports_and_stops(self):
        (self.dir / "bin" / "pcapper").unlink()
        (self.dir / "bin" / "pcapper").symlink_to(PCAPPER)
        self.service.custom_config["interfaces"] = "lo"
        self.service.custom_config["keep"] = f"{self.dir}/kept/here"
        self.write()
        s = self.service
        self.assertNotEqual(self.run_command(s.validate[0]), 0)
        self.assertEqual(self.run_command(s.startup[0]), 0)
        self.addCleanup(self.run_command, s.shutdown[0])
        self.assertEqual(self.run_command(s.validate[0]), 0)
        port = int(self.service.custom_config["port"])
        socket.create_connection(("127.0.0.1", port), 5).close()
        self.assertEqual(self.run_command(s.startup[0]), 0)
        self.assertEqual(self.run_command(s.shutdown[0]), 0)
        self.assertFalse((self.dir / "pcapper.pid").exists())
        self.assertNotEqual(self.run_command(s.validate[0]), 0)
        names = [f.name for f in (self.dir / "kept/here").iterdir()]
        self.assertEqual(len(names), 1)
        self.assertRegex(names[0], r"^n1\.\d{8}T\d{6}Z\.pcapper\.log$")
        # messages after the start are there, too
        said = (self.dir / "pcapper.out").read_text()
        self.assertIn("stopped by signal 15", said)

    def test_a_program_that_fails_fails_the_start(self):
        (self.dir / "bin" / "pcapper").write_text("#!/bin/sh\nexit 1\n")
        self.write()
        self.assertNotEqual(self.run_command(self.service.startup[0]), 0)


def run(*args, **kwargs):
    return subprocess.run(
        args, check=True, stdout=subprocess.PIPE, text=True, timeout=20,
        **kwargs,
    ).stdout


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.02)


@unittest.skipIf(Template is None, "python3-mako is not installed")
@unittest.skipUnless(
    os.geteuid() == 0 and PCAPPER.exists() and RECOLLECT.exists(),
    "needs root and the programs",
)
class Emulated(unittest.TestCase):
    """The script in a node as CORE makes one: namespaces of its own."""

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.tmp)
        self.session = self.tmp / "pycore.1"
        self.dir = self.session / "n1.conf"
        self.dir.mkdir(parents=True)
        self.ns = f"core-svc-{os.getpid()}"
        run("ip", "netns", "add", self.ns)
        self.addCleanup(run, "ip", "netns", "del", self.ns)
        for line in (
            "link set lo up",
            "link add eth0 type veth peer name far",
            "link set far up",
            "addr add 10.9.9.1/24 dev eth0",
            "link set eth0 up",
            "neigh add 10.9.9.2 lladdr 02:00:00:00:00:01 dev eth0",
            "link add ctrl0 type veth peer name ctrl0far",
            "link set ctrl0 up",
        ):
            run("ip", "-n", self.ns, *line.split())
        node = subprocess.Popen(
            ["ip", "netns", "exec", self.ns, "unshare", "--pid", "--uts",
             "--fork", "--kill-child", "--mount-proc", "sleep", "60"],
            stdout=subprocess.DEVNULL,
        )
        self.addCleanup(node.wait)
        self.addCleanup(node.kill)
        children = pathlib.Path(f"/proc/{node.pid}/task/{node.pid}/children")
        wait_for(lambda: children.read_text().strip())
        self.pid = children.read_text().strip()

    def command(self, command):
        """Run a command in the node, as vcmd does; return what it prints."""
        env = {
            "PATH": f"{PCAPPER.parent}:{os.environ['PATH']}",
            "NODE_NAME": "n1",
            "SESSION_DIR": str(self.session),
        }
        return run(
            "nsenter", "-t", self.pid, "-a", f"--wd={self.dir}",
            *command.split(), env=env, umask=0,
        )

    def packets(self):
        def count():
            text = (self.tmp / "out.json").read_text()
            return text.count('"name":"n1","kind":"packet"')

        return count

    def test_starts_is_collected_and_keeps_its_log(self):
        s = load("9.2", Node())
        logs = self.tmp / "logs"
        s.custom_config = {"keep": str(logs), "extra": "--log-always"}
        (self.dir / "pcapper.sh").write_text(s.rendered("pcapper.sh"))
        began = time.monotonic()
        self.command(s.startup[0])
        self.assertLess(time.monotonic() - began, 2)
        self.command(s.validate[0])
        mode = (self.dir / "pcapper.sock").stat().st_mode
        self.assertEqual(mode & 0o777, 0o600)
        err = open(self.tmp / "err", "w+")
        self.addCleanup(err.close)
        collector = subprocess.Popen(
            [RECOLLECT, "--core", self.session, "-v", "-o",
             f"json:{self.tmp}/out.json"],
            stderr=err,
        )
        self.addCleanup(collector.wait)
        self.addCleanup(collector.kill)
        out = self.dir / "pcapper.out"
        wait_for(lambda: "attached (v1)" in out.read_text())
        self.assertIn("collector unix:uid=0,", out.read_text())
        for _ in range(10):
            run("ip", "netns", "exec", self.ns, "bash", "-c",
                "echo >/dev/udp/10.9.9.2/9")
        count = self.packets()
        wait_for(lambda: count() >= 10)
        self.command(s.shutdown[0])
        self.assertFalse((self.dir / "pcapper.sock").exists())
        self.assertFalse((self.dir / "pcapper.pid").exists())
        kept = next(logs.glob("n1.*.pcapper.log")).read_text()
        self.assertEqual(kept.count(":10.9.9.2:9:29:0:17\n"), 10)

        shutil.rmtree(self.session)
        self.assertEqual(collector.wait(10), 0)
        self.assertIn("ended", (self.tmp / "err").read_text())


if __name__ == "__main__":
    unittest.main()

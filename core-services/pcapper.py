# SPDX-License-Identifier: BSD-3-Clause
"""
CORE service PCapper: a packet recorder on every data interface of a node.

One file for CORE 6.1 to 9.0, where this is a config service, and for 9.1 and
9.2, where the same thing is called a service.
"""
import shlex

try:
    from core.services.base import CoreService as Base
    from core.services.base import ServiceMode as Mode
except ImportError:
    from core.configservice.base import ConfigService as Base
    from core.configservice.base import ConfigServiceMode as Mode


# where "recollect --core" looks for it: in the node's directory
SOCKET = "pcapper.sock"


def _option(name, label, default):
    """Describe one text option of the service, in any of CORE's ways."""
    try:
        from core.config import ConfigString
    except ImportError:
        from core.config import Configuration
        from core.emulator.enumerations import ConfigDataTypes

        # the names of the first two arguments changed, their order did not
        return Configuration(
            name, ConfigDataTypes.STRING, label=label, default=default
        )
    return ConfigString(id=name, label=label, default=default)


class PCapper(Base):
    name = "PCapper"
    group = "Monitoring"
    directories = []
    files = ["pcapper.sh"]
    executables = ["pcapper"]
    dependencies = []
    startup = ["sh pcapper.sh start"]
    validate = ["sh pcapper.sh status"]
    shutdown = ["sh pcapper.sh stop"]
    validation_mode = Mode.BLOCKING
    validation_timer = 5
    validation_period = 0.5
    default_configs = [
        _option("method", "src, dst, spoof, none or a filter", "src"),
        _option("port", "TCP port for collectors (empty: none)", "7073"),
        _option("interfaces", "Interfaces (empty: all but control)", ""),
        _option("logdir", "Directory of the log (empty: the node's)", ""),
        _option("keep", "Copy logs there at the end, or: session", ""),
        _option("extra", "More options for pcapper", ""),
    ]
    modes = {}

    def data(self):
        """Return the variables of the template, quoted for the shell."""
        # with some options set by the user, CORE hands over only those
        config = {k: v.default for k, v in self.config.items()}
        config.update(self.render_config())
        # "all" are those but lo and ctrl*, also the ones that come later
        names = config["interfaces"].split() or ["all"]
        logdir = config["logdir"].rstrip("/") or "."
        args = [word for name in names for word in ("-i", name)]
        args += ["-m", config["method"], "-f", f"{logdir}/pcapper.log"]
        args += ["--node", self.node.name, "--listen", f"unix:{SOCKET}"]
        if config["port"].strip():
            args += ["-p", str(int(config["port"]))]
        args += shlex.split(config["extra"])
        return {
            "args": " ".join(shlex.quote(word) for word in args),
            "logdir": shlex.quote(logdir),
            "keep": shlex.quote(config["keep"]),
        }

    def get_text_template(self, name):
        return SCRIPT


# Mako's own signs are dollar-brace, a leading percent sign and a double hash:
# the shell part keeps clear of them.
SCRIPT = r"""
#!/bin/sh
# pcapper.sh start|status|stop: the packet recorder of this node.
set -u
umask 022
pidfile=pcapper.pid
logdir=${logdir}
keep=${keep}

running()
{
	pcapper --status --pidfile $pidfile
}

start()
{
	running >/dev/null && return 0
	mkdir -p "$logdir" || return 1
	set -- ${args}
	if [ -n "$keep" ]; then
		[ "$keep" != session ] || keep=$SESSION_DIR
		mkdir -p "$keep" || return 1
		set -- "$@" --keep "$keep"
	fi
	# It returns once it captures and listens.  Later messages go on to a
	# file: CORE waits for the end of standard output.
	timeout 10 pcapper --daemon --pidfile $pidfile "$@" \
		</dev/null >pcapper.out 2>&1 || {
		cat pcapper.out
		return 1
	}
}

# It counts until it is gone; a process that nobody has waited for does not.
alive()
{
	[ "$(running)" != stopped ]
}

stop()
{
	alive || return 0
	pid=$(cat $pidfile)
	kill "$pid"
	tries=0
	while alive; do
		tries=$((tries + 1))
		[ $tries -le 1000 ] || { kill -9 "$pid"; break; }
		sleep 0.02
	done
}

case $1 in
start) start ;;
status) running ;;
stop) stop ;;
esac
"""

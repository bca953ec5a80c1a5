# SPDX-License-Identifier: BSD-3-Clause
"""
Three nodes in a row with MGEN flows, the second link too slow for them.

Both ends send: n1 more than the link takes, n3 less.  CORE's own service
MGEN_Sink runs mgen; what it writes, mgen_n1.log and mgen_n3.log in the
directories of the nodes, can be compared with what recollect tells.

Run it with CORE's Python while core-daemon runs; mgen.xml is the same.
"""
import sys

from core.api.grpc import client, wrappers

# node: name, place, services
NODES = {
    1: ("n1", (100, 200), ["DefaultRoute", "MGEN_Sink", "PCapper"]),
    2: ("n2", (300, 200), ["IPForward", "PCapper"]),
    3: ("n3", (500, 200), ["DefaultRoute", "MGEN_Sink", "PCapper"]),
}
# both ends of a link: node, its interface, IPv4 and IPv6 address
LINKS = [
    ((1, 0, "10.0.0.20", "2001:db8::14"), (2, 0, "10.0.0.1", "2001:db8::1")),
    (
        (2, 1, "10.0.1.1", "2001:db8:1::1"),
        (3, 0, "10.0.1.20", "2001:db8:1::14"),
    ),
]
# of the second link: 256 kbit/s and 20 ms
SLOW = {"bandwidth": 256000, "delay": 20000}
# every packet is recorded, the log is written from the start
CONFIG = {"method": "none", "extra": "--log-format extended --log-always"}
# what mgen does on a node: flow 1 is 400 kbit/s, flow 2 is 40 kbit/s
SCRIPTS = {
    1: """\
0.0 LISTEN UDP 5002
10.0 ON 1 UDP SRC 6001 DST 10.0.1.20/5001 PERIODIC [100 500]
70.0 OFF 1
""",
    3: """\
0.0 LISTEN UDP 5001
10.0 ON 2 UDP SRC 6002 DST 10.0.0.20/5002 POISSON [10 500]
70.0 OFF 2
""",
}


def configure(node, service, config=None, templates=None):
    """Set up a service; CORE 9.1 gave all of this shorter names."""
    if hasattr(node, "config_service_configs"):
        configs, data = node.config_service_configs, wrappers.ConfigServiceData
    else:
        configs, data = node.service_configs, wrappers.ServiceData
    configs[service] = data(config=config or {}, templates=templates or {})


def add_nodes(session):
    nodes = {}
    for number, (name, (x, y), services) in NODES.items():
        node = session.add_node(
            _id=number, name=name, position=wrappers.Position(x=x, y=y)
        )
        if hasattr(node, "config_services"):
            node.config_services.update(services)
        else:
            node.services.update(services)
        configure(node, "PCapper", config=CONFIG)
        if number in SCRIPTS:
            configure(
                node, "MGEN_Sink", templates={"sink.mgen": SCRIPTS[number]}
            )
        nodes[number] = node
    return nodes


def add_links(session, nodes):
    helper = client.InterfaceHelper(
        ip4_prefix="10.0.0.0/24", ip6_prefix="2001:db8::/64"
    )
    for link, limits in zip(LINKS, [{}, SLOW]):
        ifaces = []
        for number, iface_id, ip4, ip6 in link:
            iface = helper.create_iface(node_id=number, iface_id=iface_id)
            iface.ip4, iface.ip6 = ip4, ip6
            ifaces.append(iface)
        session.add_link(
            node1=nodes[link[0][0]],
            node2=nodes[link[1][0]],
            iface1=ifaces[0],
            iface2=ifaces[1],
            options=wrappers.LinkOptions(**limits),
        )


def main():
    core = client.CoreGrpcClient()
    core.connect()
    session = core.create_session()
    add_links(session, add_nodes(session))
    started, errors = core.start_session(session=session)
    if not started:
        sys.exit("\n".join(errors) or "the session does not start")
    print(
        f"session {session.id}: "
        f"sudo recollect --core {session.id} -o mgen:text"
    )


if __name__ == "__main__":
    main()

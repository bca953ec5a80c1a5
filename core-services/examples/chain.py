# SPDX-License-Identifier: BSD-3-Clause
"""
Three nodes in a row, n1 - n2 - n3, each with PCapper on all interfaces.

Run it with CORE's Python while core-daemon runs; chain.xml is the same.
"""
import sys

from core.api.grpc import client, wrappers

# node: name, place, services
NODES = {
    1: ("n1", (100, 200), ["DefaultRoute", "PCapper"]),
    2: ("n2", (300, 200), ["IPForward", "PCapper"]),
    3: ("n3", (500, 200), ["DefaultRoute", "PCapper"]),
}
# both ends of a link: node, its interface, IPv4 and IPv6 address
LINKS = [
    ((1, 0, "10.0.0.20", "2001:db8::14"), (2, 0, "10.0.0.1", "2001:db8::1")),
    (
        (2, 1, "10.0.1.1", "2001:db8:1::1"),
        (3, 0, "10.0.1.20", "2001:db8:1::14"),
    ),
]
# every packet is recorded, the log is written from the start
CONFIG = {"method": "none", "extra": "--log-format extended --log-always"}


def configure(node, service, config):
    """Set options of a service; CORE 9.1 gave all of this shorter names."""
    if hasattr(node, "config_service_configs"):
        configs, data = node.config_service_configs, wrappers.ConfigServiceData
    else:
        configs, data = node.service_configs, wrappers.ServiceData
    configs[service] = data(config=config)


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
        configure(node, "PCapper", CONFIG)
        nodes[number] = node
    return nodes


def main():
    helper = client.InterfaceHelper(
        ip4_prefix="10.0.0.0/24", ip6_prefix="2001:db8::/64"
    )
    core = client.CoreGrpcClient()
    core.connect()
    session = core.create_session()
    nodes = add_nodes(session)
    for link in LINKS:
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
        )
    started, errors = core.start_session(session=session)
    if not started:
        sys.exit("\n".join(errors) or "the session does not start")
    print(f"session {session.id}: sudo recollect --core {session.id}")


if __name__ == "__main__":
    main()

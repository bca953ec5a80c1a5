/* SPDX-License-Identifier: BSD-3-Clause */
/* The version of the program and of the libraries it runs with. */
#include "agent/version.h"

#include <ev.h>
#include <pcap.h>
#include <zlib.h>

#include "base/jail.h"

void
version_print(FILE *fp)
{
	fprintf(fp, "pcapper %s\n%s\nlibev %d.%d\nzlib %s\n%s\n", VERSION,
	    pcap_lib_version(), ev_version_major(), ev_version_minor(),
	    zlibVersion(), jail_version());
}

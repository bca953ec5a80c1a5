/* SPDX-License-Identifier: BSD-3-Clause */
/* Who observed it, as far as outputs want to know. */
#include "collector/sinksrc.h"

#include "wire/hello.h"

const char *
sinksrc_node(const struct sink_src *src, uint16_t iface)
{
	if (iface < src->ifs.n && src->ifs.iface[iface].node[0] != '\0')
		return src->ifs.iface[iface].node;
	return src->name;
}

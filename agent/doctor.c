/* SPDX-License-Identifier: BSD-3-Clause */
/* pcapper --doctor: why packets go missing on this host. */
#include "agent/doctor.h"

#include <net/if.h>
#include <string.h>

#include "agent/doccap.h"
#include "agent/docprint.h"
#include "agent/docread.h"
#include "agent/docset.h"
#include "base/log.h"

#define TRY_S 1 /* a capture without --watch */

/* Returns 0, or -1 after a message. */
static int
choose(struct docread_ifaces *ret, const struct doctor_conf *conf)
{
	if (conf->n_ifaces == 0) {
		docread_ifaces(ret, conf->root);
		return 0;
	}
	ret->n = 0;
	ret->more = conf->n_ifaces > DOCREAD_IFACES;
	for (size_t i = 0; i < conf->n_ifaces && i < DOCREAD_IFACES; i++) {
		const char *name = conf->iface[i];

		if (strlen(name) >= IFNAMSIZ || strchr(name, '/') != NULL ||
		    (conf->root[0] == '\0' && if_nametoindex(name) == 0)) {
			log_errorx("%s: no such interface", name);
			return -1;
		}
		memcpy(ret->name[ret->n++], name, strlen(name) + 1);
	}
	return 0;
}

int
doctor_run(const struct doctor_conf *conf, FILE *fp)
{
	struct docread_ifaces ifs;
	struct docset was = { .n = 0 };
	struct docset is = { .n = 0 };
	int wrong = 0;

	if (choose(&ifs, conf) != 0)
		return -1;
	if (conf->watch > 0)
		docread_all(&was, conf->root, &ifs);
	/* the capture is told last, but takes the time */
	struct docset capture = { .n = 0 };

	doccap_watch(
	    &capture, &ifs, conf->ring, conf->watch > 0 ? conf->watch : TRY_S);
	docread_all(&is, conf->root, &ifs);
	if (conf->watch > 0)
		docset_grown(&is, &was);
	for (size_t i = 0; i < capture.n; i++)
		docset_add(&is, &capture.item[i]);
	is.incomplete |= ifs.more;
	if (conf->json) {
		docprint_json(&is, conf->watch, fp);
	} else {
		docprint_text(&is, conf->watch > 0, fp);
	}
	for (size_t i = 0; i < is.n; i++)
		wrong |= docset_wrong(&is.item[i]);
	docset_done(&was);
	docset_done(&capture);
	docset_done(&is);
	return wrong;
}

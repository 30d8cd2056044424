/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The demonstration.
 *
 * In each lab, the server is measured as it is, and then twice with multihome, under loose and
 * strict rp_filter: `check`, `plan`, `apply`, a second `plan` that must find nothing to do,
 * `status`, the measurements, `down`; and the machine must then be what stock tools (ip, nft,
 * sysctl) said it was before the apply. The figures of the two add up: what must be 100 % is 100 %
 * only if not one packet went wrong under either.
 *
 * Labs are bound to this process, so that nothing stays behind when it is killed.
 */
#include "lab/demo.h"

#include "base/cleanup.h"
#include "lab/command.h"
#include "lab/lab.h"
#include "lab/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <time.h>

#define LAB_OF_DEMO "demo"

static const char config[] = "[uplink isp1]\n"
			     "interface = eth0\n"
			     "weight = 3\n"
			     "[uplink isp2]\n"
			     "interface = eth1\n"
			     "weight = 1\n";

/* A port of the uplinks' addresses that a LAN host serves: the user's own rules, not ours. */
static const char service[] =
	"nft -f - <<'E'\n"
	"table inet service {\n"
	"	chain dstnat {\n"
	"		type nat hook prerouting priority dstnat;\n"
	"		iifname { eth0, eth1 } tcp dport 8080 dnat ip to 10.2.0.2\n"
	"		iifname { eth0, eth1 } tcp dport 8080 dnat ip6 to fd00:2::2\n"
	"	}\n"
	"}\n"
	"E\n";

/* The machine, as stock tools see it; without what changes by itself. */
static const char dump[] = "{\n"
			   "ip -d rule; ip -d -6 rule\n"
			   "ip -d route show table all; ip -d -6 route show table all\n"
			   "ip -d link; ip -d addr; nft list ruleset\n"
			   "sysctl -a -r '^net\\.' 2>/dev/null | grep -v nf_conntrack_count\n"
			   "} | sed -E 's/(expires|valid_lft|preferred_lft) [0-9]+sec/\\1/g'\n";

struct demo {
	const struct demo_options *o;
	const char *title;
	struct lab lab;
	struct traffic *traffic;
	int config_fd;
	bool tty;
	struct timespec start;
	unsigned downs; /* how often `down` left the machine as it had been */
};

static double seconds(const struct demo *d)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - d->start.tv_sec) +
	       (double)(now.tv_nsec - d->start.tv_nsec) / 1e9;
}

/* On a terminal, what is going on; the next line overwrites it. */
static void progress(const struct demo *d, const char *what)
{
	if (!d->tty)
		return;
	fputs("\r\033[K", stdout);
	if (what)
		printf("%3.0f s  %s: %s", seconds(d), d->title, what);
	fflush(stdout);
}

/* A command on the server; `wanted` is its exit status. */
static int run(struct demo *d, char *const argv[], int wanted, struct out *ret, struct err *e)
{
	CLEANUP(out_free) struct out own = {.fd = -1};
	struct out *o = ret ? ret : &own;

	out_init(&own, -1);
	int rc = command_run(d->o->dir, LAB_OF_DEMO, TOPOLOGY_SERVER, argv, o, e);
	if (rc < 0 || rc == wanted)
		return rc < 0 ? rc : 0;
	/* The command's last line tells most. */
	while (o->len && o->buf[o->len - 1] == '\n')
		o->len--;
	const char *text = out_str(o), *last = strrchr(text, '\n');
	return err_set(e, -ECHILD, "%s: %s: exit status %d, not %d: %s", d->title,
		       argv[1] ? argv[1] : argv[0], rc, wanted, last ? last + 1 : text);
}

static int run_shell(struct demo *d, const char *script, struct out *ret, struct err *e)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	int rc = run(d, argv, 0, ret, e);

	return rc == -ECHILD ? err_prefix(e, "a command that the demonstration needs") : rc;
}

static int run_multihome(struct demo *d, const char *verb, int wanted, struct err *e)
{
	char path[40];
	char *argv[] = {(char *)(d->o->program ? d->o->program : "/proc/self/exe"), (char *)"-c",
			path, (char *)verb, NULL};

	progress(d, verb);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", d->config_fd);
	int rc = run(d, argv, wanted, NULL, e);
	return rc < 0 ? err_prefix(e, "multihome %s", verb) : 0;
}

/* A file of our own that has no name, which children find under /proc/self/fd. */
static int write_config(struct demo *d, struct err *e)
{
	d->config_fd = memfd_create("multihome.conf", 0);
	if (d->config_fd < 0 ||
	    write(d->config_fd, config, sizeof(config) - 1) != (ssize_t)sizeof(config) - 1)
		return err_errno(e, -errno, "the configuration");
	return 0;
}

static int set_rp_filter(struct demo *d, int value, struct err *e)
{
	char script[128];

	snprintf(script, sizeof(script),
		 "for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo %d >$f; done", value);
	return run_shell(d, script, NULL, e);
}

static int measure_all(struct demo *d, struct measure_sum sum[2][MEASURES],
		       const struct measure_size *size, const char *what, struct err *e)
{
	int rc = 0;

	progress(d, what);
	for (unsigned f = 0; f < 2; f++)
		for (unsigned m = 0; !rc && m < MEASURES; m++)
			rc = measure(d->traffic, d->lab.topology, m, f ? AF_INET6 : AF_INET, size,
				     &sum[f][m], e);
	return rc;
}

/* What `down` left of the machine: the first line that differs is named. */
static int compare(struct demo *d, struct out *before, struct out *after, struct err *e)
{
	const char *a = out_str(before), *b = out_str(after);
	size_t i = 0;

	while (a[i] && a[i] == b[i])
		i++;
	if (a[i] == b[i]) {
		d->downs++;
		return 0;
	}
	while (i && a[i - 1] != '\n')
		i--;
	return err_set(e, -ESTALE,
		       "%s: down left the machine changed: before \"%.*s\", now \"%.*s\"", d->title,
		       (int)strcspn(a + i, "\n"), a + i, (int)strcspn(b + i, "\n"), b + i);
}

static int with_multihome(struct demo *d, int rp_filter, struct report_section *s, struct err *e)
{
	CLEANUP(out_free) struct out before = {.fd = -1};
	CLEANUP(out_free) struct out after = {.fd = -1};
	static const struct {
		const char *verb;
		int status;
	} steps[] = {{"check", 0}, {"plan", 2}, {"apply", 0}, {"plan", 0}, {"status", 0}};
	/* On a busy machine an answer may be late; a quick look (--flows) does not wait long. */
	unsigned patience = d->o->flows / 2 > 200 ? d->o->flows / 2 : 200;
	struct measure_size size = {.few = 100, .many = d->o->flows, .patience = patience};

	out_init(&before, -1);
	out_init(&after, -1);
	int rc = set_rp_filter(d, rp_filter, e);
	if (!rc)
		rc = run_shell(d, dump, &before, e);
	for (size_t i = 0; !rc && i < ARRAY_SIZE(steps); i++)
		rc = run_multihome(d, steps[i].verb, steps[i].status, e);
	if (!rc)
		rc = measure_all(d, s->sum[REPORT_WITH], &size,
				 rp_filter == 1 ? "with multihome, rp_filter strict"
						: "with multihome, rp_filter loose",
				 e);
	if (!rc)
		rc = run_multihome(d, "down", 0, e);
	if (!rc)
		rc = run_shell(d, dump, &after, e);
	return rc ? rc : compare(d, &before, &after, e);
}

static int show(struct demo *d, const char *topology, struct report_section *s, struct err *e)
{
	struct lab_up up = {.topology = topology, .name = LAB_OF_DEMO, .bound_to = getpid()};
	struct measure_size few = {.few = 40, .many = d->o->flows / 10, .patience = 250};
	const struct topology *t;
	int rc = topology_find(topology, &t, e);

	if (!rc)
		rc = lab_up(d->o->dir, &up, e);
	if (rc < 0)
		return rc;
	d->title = s->title = t->title;
	rc = lab_read(d->o->dir, LAB_OF_DEMO, &d->lab, e);
	if (!rc)
		rc = traffic_open(&d->traffic, &d->lab, e);
	if (!rc)
		rc = run_shell(d, service, NULL, e);
	if (!rc)
		rc = set_rp_filter(d, 2, e);
	if (!rc)
		rc = measure_all(d, s->sum[REPORT_WITHOUT], &few, "without multihome", e);
	if (!rc)
		rc = with_multihome(d, 2, s, e);
	if (!rc)
		rc = with_multihome(d, 1, s, e);
	traffic_close(d->traffic);
	d->traffic = NULL;
	int down = lab_down(d->o->dir, LAB_OF_DEMO, rc ? NULL : e);
	return rc ? rc : down;
}

static struct report_style style_of_output(bool tty)
{
	const char *locale = getenv("LC_ALL");

	if (!locale || !*locale)
		locale = getenv("LC_CTYPE");
	if (!locale || !*locale)
		locale = getenv("LANG");
	return (struct report_style){
		.color = tty && !getenv("NO_COLOR"),
		.utf8 = locale && (strcasestr(locale, "utf-8") || strcasestr(locale, "utf8"))};
}

static void introduce(void)
{
	printf("A server with two ways out, eth0 to isp1 and eth1 to isp2, and a LAN behind it.\n"
	       "Six lines of configuration:\n\n");
	for (const char *p = config, *end; (end = strchr(p, '\n')); p = end + 1)
		printf("    %.*s\n", (int)(end - p), p);
	putchar('\n');
	fflush(stdout);
}

static unsigned long packets(const struct report_section *s, size_t n)
{
	const struct measure_sum *sum = &s->sum[0][0][0];
	unsigned long total = 0;

	for (; n; n--, s++)
		for (size_t i = 0; i < sizeof(s->sum) / sizeof(*sum); i++)
			total += (&s->sum[0][0][0])[i].packets;
	return total;
}

static unsigned print_results(struct demo *d, const struct report_section *s, size_t n)
{
	struct report_style style = style_of_output(d->tty);
	CLEANUP(out_free) struct out o = {.fd = -1};
	struct utsname u = {.release = "?"};
	bool kernel = false;
	unsigned bad = 0;

	out_init(&o, -1);
	uname(&u);
	report_head(&o, &style);
	for (size_t i = 0; i < n; i++)
		bad += report_print(&o, &s[i], &style, &kernel);
	out_puts(&o,
		 "\n  N %: of packets, that leave by the uplink whose address they bear\n"
		 "  A:B: of flows whose source was left open, by uplink; the weights are 3 and 1\n"
		 "  with multihome: rp_filter strict and loose, half of the packets each\n\n");
	if (kernel)
		report_line(
			&o, &style, VERDICT_KERNEL,
			"Linux %s finds the way of a local TCP connection before its port:\n"
			"    all to one address and port take one uplink, whatever is configured",
			u.release);
	report_line(&o, &style, bad ? VERDICT_BAD : VERDICT_GOOD,
		    "%lu packets counted on the wire in %.1f s, Linux %s", packets(s, n),
		    seconds(d), u.release);
	report_line(&o, &style, VERDICT_GOOD,
		    "check, plan, apply, plan (nothing to do), status, down: %u times", d->downs);
	report_line(&o, &style, VERDICT_GOOD,
		    "after each down, ip, nft and sysctl show the machine as it was before");
	fputs(out_str(&o), stdout);
	return bad;
}

int demo_run(const struct demo_options *options, struct err *e)
{
	static const char *const usual[] = {"two-isp", "shared-subnet"};
	struct demo d = {.o = options, .config_fd = -1, .tty = isatty(STDOUT_FILENO)};
	struct report_section section[4] = {0};
	const char *const *topology = usual;
	size_t n = ARRAY_SIZE(usual);

	if (options->topology_n) {
		topology = options->topology;
		n = (size_t)options->topology_n;
	}
	if (n > ARRAY_SIZE(section))
		return err_set(e, -E2BIG, "up to %zu topologies", ARRAY_SIZE(section));
	int rc = write_config(&d, e);
	clock_gettime(CLOCK_MONOTONIC, &d.start);
	if (!rc)
		introduce();
	for (size_t i = 0; !rc && i < n; i++)
		rc = show(&d, topology[i], &section[i], e);
	progress(&d, NULL);
	free_fd(&d.config_fd);
	if (rc < 0)
		return rc;
	return print_results(&d, section, n) ? 1 : 0;
}

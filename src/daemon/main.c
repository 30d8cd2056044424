/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * multihomed: keeps the promise of the configuration true.
 *
 * One loop. News of the kernel, verdicts of the checks and signals all lead to the same thing, a
 * convergence (converge.h), and differ only in how soon it comes: at once for a link or a verdict,
 * a moment later for what comes in bursts, ever later if somebody takes away again and again what
 * was just put back. Nothing is remembered between two convergences but who was of use, so a lost
 * notification or a daemon that was killed costs time, not truth.
 *
 * All of it is proved. Another configuration comes into force when its plan is (trial.h), be it
 * some moments later; the first one does not wait for that, as without it there is nothing. What
 * packets wait for is made at once, and proved afterwards (audit.h).
 */
#include "apply/daemon.h"
#include "base/cleanup.h"
#include "daemon/audit.h"
#include "daemon/children.h"
#include "daemon/confine.h"
#include "daemon/converge.h"
#include "daemon/desk.h"
#include "daemon/events.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/priority.h"
#include "daemon/prober.h"
#include "daemon/starter.h"
#include "daemon/trial.h"
#include "daemon/watch.h"
#include "netlink/nl.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_CONFIG "/etc/multihome.conf"

/* Milliseconds. */
#define SOON	     5	   /* what comes in bursts */
#define BUSY	     10	   /* another run of multihome is at work */
#define RENEW	     2000  /* between two looks for a gateway that was replaced */
#define REST	     500   /* what packets do not wait for, on a machine with many routes */
#define PART	     9	   /* so many times as long as a convergence takes, others' changes wait */
#define FIRST_RETRY  100   /* after a failure, and then twice as long each time */
#define LONGEST	     30000 /* of such waiting */
#define FIGHT_MEMORY 20000 /* quiet for so long, and the fight is over */
#define FIGHT_FREE   3	   /* so often it is put back at once */

struct daemon {
	uv_loop_t loop;
	uv_timer_t timer, renew;
	uv_signal_t signal[4];
	uint64_t due; /* of the timer; UINT64_MAX: nothing is */
	struct converge converge;
	struct starter *starter;
	struct prober *prober;
	struct trial *trial;
	struct audit *audit;
	struct watch *watch;
	struct desk *desk;
	int lock;
	bool ended;	   /* by a failure */
	bool urgent;	   /* packets are waiting for what has happened */
	uint64_t cost;	   /* of the last convergence, milliseconds */
	unsigned failures; /* in a row */
	char failure[512];
	bool fought; /* since the last convergence, something of ours was changed by others */
	unsigned fights;
	uint64_t last_fight;
};

static void run(uv_timer_t *timer);

static void schedule(struct daemon *d, uint64_t delay)
{
	uv_update_time(&d->loop);
	uint64_t due = uv_now(&d->loop) + delay;

	if (due >= d->due)
		return;
	d->due = due;
	uv_timer_start(&d->timer, run, delay, 0);
}

static uint64_t doubled(uint64_t first, unsigned times)
{
	uint64_t delay = times < 20 ? first << times : LONGEST;

	return delay < LONGEST ? delay : LONGEST;
}

static void failed(struct daemon *d, const struct err *e)
{
	char text[sizeof(d->failure)];

	err_line(e, text, sizeof(text));
	if (strcmp(text, d->failure) != 0) {
		log_err("not as configured", e);
		memcpy(d->failure, text, sizeof(text));
	}
	schedule(d, doubled(FIRST_RETRY, d->failures++));
}

static void succeeded(struct daemon *d, size_t steps)
{
	if (*d->failure)
		log_line(LOG_NOTE, "as configured again");
	*d->failure = 0;
	d->failures = 0;
	if (steps)
		log_line(LOG_FACT, "%zu further step%s made", steps, steps == 1 ? "" : "s");
}

/* What the checks found, and how often uplinks were lost, for the verbs and for the next daemon. */
static void write_health(struct daemon *d)
{
	struct err e = ERR_INIT;
	size_t n;
	const struct way_health *health = prober_health(d->prober, &n);
	struct daemon_past *past = prober_past(d->prober);

	for (size_t i = 0; i < n; i++)
		view_past(desk_view(d->desk), health[i].uplink, &past[i]);
	if (daemon_write_health(d->converge.dir, health, past, n, &e) < 0)
		log_err("what the checks found", &e);
}

/* What would go on is of no use: whoever supervises multihomed starts the whole anew. */
static void give_up(struct daemon *d, const char *why)
{
	log_line(LOG_ERROR, "%s: multihomed has to be started anew; what is in the kernel stays",
		 why);
	d->ended = true;
	uv_stop(&d->loop);
}

static void run(uv_timer_t *timer)
{
	struct daemon *d = timer->data;
	struct err e = ERR_INIT;
	size_t n, steps;

	d->due = UINT64_MAX;
	/* In another folder of that name it may not write (confine.h), and nobody finds its socket.
	 */
	if (!daemon_is_locked(d->lock)) {
		give_up(d, "somebody removed what is in the state's folder");
		return;
	}
	/* First: a daemon that dies half-way leaves the next one what it acted upon. */
	write_health(d);
	const struct way_health *health = prober_health(d->prober, &n);
	if (d->urgent && converge_quickly(&d->converge, health, n, &e) > 0) {
		d->urgent = false;
		schedule(d, REST);
		return;
	}
	d->urgent = false;
	if (d->fought) {
		d->fights++;
		d->last_fight = uv_now(&d->loop);
		d->fought = false;
	}
	uint64_t begun = uv_hrtime();
	int rc = converge_now(&d->converge, health, n, &steps, &e);
	d->cost = (uv_hrtime() - begun) / 1000000;
	if (rc == -EWOULDBLOCK) {
		schedule(d, BUSY);
		return;
	}
	prober_damp(d->prober, d->converge.config.flap_damping);
	if (rc >= 0 && d->converge.has_desired)
		rc = prober_set(d->prober, &d->converge.desired, &e);
	if (rc < 0)
		failed(d, &e);
	else
		succeeded(d, steps);
	if (rc < 0 || d->converge.changed)
		audit_stop(d->audit);
	if (rc >= 0)
		audit_begin(d->audit);
	view_converged(desk_view(d->desk), d->failure);
	write_health(d);
	desk_converged(d->desk, steps, rc < 0 ? &e : NULL);
}

/*
 * Where nothing comes back, be the uplink in use or not, the gateway may have been replaced: when
 * it went out of use, or since.
 */
static void renew(uv_timer_t *timer)
{
	struct daemon *d = timer->data;
	const struct desired *want = &d->converge.desired;

	for (size_t i = 0; d->converge.has_desired && i < want->uplink_n; i++)
		for (unsigned f = 0; f < 2; f++)
			if (prober_is_silent(d->prober, want->uplink[i].config->name, i, f))
				converge_forget_gateway(&d->converge, &want->uplink[i], f);
}

/* How long what others took away is left so. */
static uint64_t fight_delay(struct daemon *d)
{
	uint64_t now = uv_now(&d->loop);

	if (d->fights && now - d->last_fight > FIGHT_MEMORY + doubled(FIRST_RETRY, d->fights))
		d->fights = 0;
	if (d->fights < FIGHT_FREE)
		return 0;
	if (d->fights == FIGHT_FREE && !d->fought)
		log_line(LOG_WARN, "it is taken away again and again: put back less and less soon");
	return doubled(FIRST_RETRY, d->fights - FIGHT_FREE);
}

/* Packets wait. */
static void make_haste(struct daemon *d)
{
	audit_stop(d->audit);
	trial_disturb(d->trial);
	d->urgent = true;
	schedule(d, 0);
}

static void heard(void *arg, unsigned news)
{
	struct daemon *d = arg;

	trial_disturb(d->trial);
	if (news & WATCH_LOST)
		log_line(LOG_NOTE, "notifications were lost: reading everything again");
	if (news & WATCH_OURS) {
		uint64_t delay = fight_delay(d);
		d->fought = true;
		prober_doubt(d->prober);
		audit_stop(d->audit);
		schedule(d, delay);
	}
	if (news & (WATCH_LINK | WATCH_LOST)) {
		make_haste(d);
	} else if (news & (WATCH_OTHER | WATCH_NFT) && !(news & WATCH_OURS)) {
		uint64_t part = PART * d->cost;
		schedule(d, d->fought ? LONGEST : part > SOON ? part : SOON);
	}
}

static void judged(void *arg)
{
	make_haste(arg);
}

static void adopt(struct daemon *d)
{
	const char *path = d->converge.next_path;

	audit_stop(d->audit);
	converge_adopt(&d->converge);
	event_emit((struct event){.kind = EVENT_RELOAD, .level = EVENT_IS_NOTICE}, "%s read%s",
		   path ? path : d->converge.config_path, path ? "" : " again");
	desk_configured(d->desk);
	desk_tried(d->desk, NULL);
}

static void refuse(struct daemon *d, const struct err *e)
{
	char text[1024];

	converge_refuse(&d->converge);
	event_emit((struct event){.kind = EVENT_REFUSED, .level = EVENT_IS_ERROR},
		   "the configuration stays as it was: %s", err_line(e, text, sizeof(text)));
	desk_tried(d->desk, e);
}

static void tried(void *arg, const struct err *e)
{
	struct daemon *d = arg;

	if (e) {
		refuse(d, e);
		return;
	}
	adopt(d);
	make_haste(d);
}

static void converge_first(void *arg)
{
	schedule(arg, 0);
}

static int reload(void *arg, const char *path, bool prove, struct err *e)
{
	struct daemon *d = arg;
	int rc = converge_read(&d->converge, path, e);

	if (rc < 0) {
		log_err("the configuration stays as it was", e);
		return rc;
	}
	if (prove && !converge_is_known(&d->converge)) {
		trial_begin(d->trial);
		return 1;
	}
	trial_end(d->trial);
	adopt(d);
	return 0;
}

static void take_back(struct daemon *d)
{
	if (!converge_take_back(&d->converge))
		return;
	event_emit((struct event){.kind = EVENT_TAKEN_BACK, .level = EVENT_IS_WARNING},
		   "the last change was taken back: the configuration before it is in force, "
		   "until %s is read again",
		   d->converge.config_path);
	desk_configured(d->desk);
}

static void on_signal(uv_signal_t *s, int number)
{
	struct daemon *d = s->data;
	struct err e = ERR_INIT;

	switch (number) {
	case SIGHUP:
		if (reload(d, NULL, true, &e) <= 0)
			schedule(d, 0);
		break;
	case SIGUSR1:
		take_back(d);
		schedule(d, 0);
		break;
	default:
		uv_stop(&d->loop);
	}
}

static void watch_signals(struct daemon *d)
{
	static const int numbers[] = {SIGHUP, SIGUSR1, SIGTERM, SIGINT};

	for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
		uv_signal_init(&d->loop, &d->signal[i]);
		d->signal[i].data = d;
		uv_signal_start(&d->signal[i], on_signal, numbers[i]);
	}
}

/* A file that cannot be read is worth a line, and no reason not to start. */
static int recall(struct daemon *d, struct err *e)
{
	struct arena a = {0};
	struct way_health *health;
	struct daemon_past *past;
	struct err unread = ERR_INIT;
	size_t n;

	if (daemon_read_health(d->converge.dir, &a, &health, &past, &n, &unread) < 0)
		log_err("what an earlier daemon found", &unread);
	int rc = prober_recall(d->prober, health, past, n, e);
	if (!rc)
		rc = view_recall(desk_view(d->desk), health, past, n, e);
	arena_free(&a);
	return rc;
}

/* Its children have ended with it, and there can be no new ones: what would go on is deaf. */
static void starter_lost(void *arg)
{
	give_up(arg, "the process that starts the others has ended, and they with it");
}

static int start(struct daemon *d, const char *config, const char *dir, struct err *e)
{
	const struct trial_calls trial = {.before = converge_first, .done = tried, .arg = d};
	const struct desk_calls calls = {.reload = reload, .again = judged, .arg = d};
	int rc = converge_open(&d->converge, config, dir, e);

	if (!rc)
		rc = daemon_lock(d->converge.dir, &d->lock, e);
	if (!rc)
		confine_main(d->converge.dir);
	if (!rc)
		rc = prober_open(&d->prober, d->starter, judged, d, e);
	if (!rc)
		rc = audit_open(&d->audit, &d->loop, &d->converge, e);
	if (!rc)
		rc = trial_open(&d->trial, &d->loop, &d->converge, d->prober, &trial, e);
	if (!rc)
		rc = watch_open(&d->watch, &d->loop, nl_port(kernel_nl(d->converge.kernel)), heard,
				d, e);
	if (!rc)
		rc = desk_open(&d->desk, d->starter, &d->converge, d->prober, d->audit, &calls, e);
	return rc ? rc : recall(d, e);
}

static void stop(struct daemon *d)
{
	for (unsigned i = 0; i < ARRAY_SIZE(d->signal); i++)
		if (d->signal[i].data)
			uv_close((uv_handle_t *)&d->signal[i], NULL);
	uv_close((uv_handle_t *)&d->timer, NULL);
	uv_close((uv_handle_t *)&d->renew, NULL);
	watch_close(d->watch);
	desk_close(d->desk);
	trial_close(d->trial);
	audit_close(d->audit);
	prober_close(d->prober);
	starter_close(d->starter);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	uv_loop_close(&d->loop);
	converge_close(&d->converge);
	if (d->lock >= 0)
		close(d->lock);
}

static int serve(const char *config, const char *dir)
{
	struct daemon d = {.lock = -1, .due = UINT64_MAX};
	struct err e = ERR_INIT;

	int rc = starter_open(&d.starter, child_kinds, CHILD_KINDS, &e);
	if (rc < 0) {
		log_err("not started", &e);
		return 1;
	}
	priority_raise();
	/* The loop would go on with a ring that it has, and confine_main() forbids it. */
	setenv("UV_USE_IO_URING", "0", 1);
	uv_loop_init(&d.loop);
	starter_watch(d.starter, &d.loop, starter_lost, &d);
	uv_timer_init(&d.loop, &d.timer);
	uv_timer_init(&d.loop, &d.renew);
	d.timer.data = d.renew.data = &d;
	rc = start(&d, config, dir, &e);
	if (rc < 0) {
		log_err("not started", &e);
	} else {
		watch_signals(&d);
		run(&d.timer);
		uv_timer_start(&d.renew, renew, RENEW, RENEW);
		notify_manager("READY=1");
		event_emit((struct event){.kind = EVENT_START, .level = EVENT_IS_NOTICE},
			   "at work");
		uv_run(&d.loop, UV_RUN_DEFAULT);
		notify_manager("STOPPING=1");
		event_emit((struct event){.kind = EVENT_STOP, .level = EVENT_IS_NOTICE},
			   "stopped; what is in the kernel stays");
	}
	stop(&d);
	events_forget();
	return rc < 0 || d.ended;
}

static void usage(FILE *f)
{
	fputs("Usage: multihomed [-c FILE] [--state DIR]\n\n"
	      "Keeps this machine as its configuration says: notices dead uplinks, moves the traffic,\n"
	      "and puts back what others change. Stays in the foreground, and logs to standard error.\n\n"
	      "  -c, --config FILE   the configuration (" DEFAULT_CONFIG ")\n"
	      "      --state DIR     where to remember things (/run/multihome/...)\n"
	      "  -h, --help\n"
	      "  -V, --version\n\n"
	      "SIGHUP: read the configuration again. SIGTERM: stop, and leave everything in place.\n",
	      f);
}

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'},
	{"state", required_argument, NULL, 's'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

int main(int argc, char **argv)
{
	const char *config = DEFAULT_CONFIG, *dir = NULL;
	int o;

	signal(SIGPIPE, SIG_IGN);
	while ((o = getopt_long(argc, argv, "c:hV", options, NULL)) >= 0) {
		switch (o) {
		case 'c':
			config = optarg;
			break;
		case 's':
			dir = optarg;
			break;
		case 'h':
			usage(stdout);
			return 0;
		case 'V':
			puts("multihomed " MH_VERSION);
			return 0;
		default:
			usage(stderr);
			return 1;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "multihomed: unexpected argument \"%s\" (multihomed --help)\n",
			argv[optind]);
		return 1;
	}
	return serve(config, dir);
}

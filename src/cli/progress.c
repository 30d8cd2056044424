/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line on the terminal while something takes longer than a second: a timer's signal draws it, so
 * that the code at work knows nothing of it. Nothing is drawn where standard error is no terminal.
 */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#define ERASE "\r\033[K"

static char line[64];
static volatile sig_atomic_t drawn;

static void draw(int sig)
{
	static const char wheel[] = "|/-\\";
	int saved = errno;
	size_t n = strlen(line);

	(void)sig;
	line[n - 1] = wheel[drawn++ & 3];
	if (write(STDERR_FILENO, line, n) < 0)
		drawn = 0;
	errno = saved;
}

void cli_progress(const char *what)
{
	struct itimerval timer = {{0, 100000}, {1, 0}};
	struct sigaction act = {.sa_handler = draw, .sa_flags = SA_RESTART};

	if (!isatty(STDERR_FILENO))
		return;
	if (!what) {
		timer = (struct itimerval){0};
		setitimer(ITIMER_REAL, &timer, NULL);
		if (drawn && write(STDERR_FILENO, ERASE, strlen(ERASE)) < 0)
			errno = 0;
		drawn = 0;
		return;
	}
	snprintf(line, sizeof(line), ERASE "multihome: %.40s ... |", what);
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

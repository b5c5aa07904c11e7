// SPDX-License-Identifier: GPL-2.0-only
/*
 * Progress lines.  See progress.h.
 *
 * The line of a single run comes from a thread of its own, which looks at the tasks' clocks now and
 * then.  The simulation knows nothing of it and is not slowed down; what is shown may be a moment
 * old.
 */
#include <errno.h>
#include <inttypes.h>
#include <glib.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "tools/progress.h"

#define FIRST_MS 1000
#define EVERY_MS 250

struct progress {
	/* constant */
	const struct sim *sim;
	const char *what;
	pthread_t thread;
	/* protected by lock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	struct progress_line line;
};

bool progress_wanted(void)
{
	return isatty(STDERR_FILENO);
}

static u32 columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col < 2)
		return 80;
	return size.ws_col;
}

void progress_put(struct progress_line *line, const char *fmt, ...)
{
	u32 room = columns() - 1; /* in the last column some terminals go on to the next line */
	g_autofree char *text = NULL;
	int len, more;
	va_list ap;

	va_start(ap, fmt);
	text = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	len = (int)MIN(strlen(text), room);
	more = (int)MIN(line->shown, room) - len;
	/* blanks, not an escape sequence, erase what was longer: no terminal is too simple */
	fprintf(stderr, "\r%.*s%*s\r", len, text, MAX(more, 0), "");
	fflush(stderr);
	line->shown = (u32)len;
}

void progress_clear(struct progress_line *line)
{
	if (line->shown)
		progress_put(line, "%s", "");
	line->shown = 0;
}

const char *progress_left(double left_s, char buf[PROGRESS_LEFT])
{
	u64 s = left_s > 0 ? (u64)(left_s + 0.5) : 0;

	if (left_s < 0 || left_s > 1e9)
		buf[0] = 0;
	else if (s < 100)
		snprintf(buf, PROGRESS_LEFT, ", %" PRIu64 " s left", s);
	else if (s < 6000)
		snprintf(buf, PROGRESS_LEFT, ", %" PRIu64 " min left", (s + 30) / 60);
	else
		snprintf(buf, PROGRESS_LEFT, ", %" PRIu64 " h left", (s + 1800) / 3600);
	return buf;
}

static sim_ns latest_clock(const struct sim *sim)
{
	sim_ns latest_ns = 0;

	for (u32 i = 0; i < sim->nr_tasks; i++) {
		sim_ns ns = __atomic_load_n(&sim->tasks[i]->clock_ns, __ATOMIC_RELAXED);

		latest_ns = MAX(latest_ns, ns);
	}
	return latest_ns;
}

static void show(struct progress *p, u32 wall_ms)
{
	if (p->sim->is_virtual)
		progress_put(&p->line, "%.3f s simulated in %.1f s: %s",
			     (double)latest_clock(p->sim) / 1e9, wall_ms / 1e3, p->what);
	else
		progress_put(&p->line, "%.1f s: %s", wall_ms / 1e3, p->what);
}

static void add_ms(struct timespec *ts, u32 ms)
{
	ts->tv_nsec += (long)ms * 1000000;
	ts->tv_sec += ts->tv_nsec / 1000000000;
	ts->tv_nsec %= 1000000000;
}

static void *progress_main(void *arg)
{
	struct progress *p = arg;
	struct timespec ts;
	u32 wall_ms = FIRST_MS;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	add_ms(&ts, FIRST_MS);
	pthread_mutex_lock(&p->lock);
	while (!p->stop) {
		if (pthread_cond_timedwait(&p->wake, &p->lock, &ts) != ETIMEDOUT)
			continue;
		show(p, wall_ms);
		add_ms(&ts, EVERY_MS);
		wall_ms += EVERY_MS;
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct progress *progress_start(const struct sim *sim, const char *what)
{
	struct progress *p;
	pthread_condattr_t attr;

	if (!progress_wanted())
		return NULL;
	p = g_new0(struct progress, 1);
	p->sim = sim;
	p->what = what;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&p->thread, NULL, progress_main, p)) {
		g_free(p);
		return NULL;
	}
	return p;
}

void progress_stop(struct progress *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	progress_clear(&p->line);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->wake);
	g_free(p);
}

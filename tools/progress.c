// SPDX-License-Identifier: GPL-2.0-only
/*
 * A progress line for long runs, on a terminal only.
 *
 * A thread of its own looks at the tasks' clocks now and then.  The simulation knows nothing of it
 * and is not slowed down; what is shown may be a moment old.
 *
 * Invariant: the line is gone when progress_stop() returns.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "tools/cmd.h"

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
	bool shown;
};

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
		fprintf(stderr, "\r%s: %.3f s simulated in %.1f s ", p->what,
			(double)latest_clock(p->sim) / 1e9, wall_ms / 1e3);
	else
		fprintf(stderr, "\r%s: %.1f s ", p->what, wall_ms / 1e3);
	fflush(stderr);
	p->shown = true;
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

	if (!isatty(STDERR_FILENO))
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
	if (p->shown)
		fprintf(stderr, "\r%79s\r", "");
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->wake);
	g_free(p);
}

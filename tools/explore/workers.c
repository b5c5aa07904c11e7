// SPDX-License-Identifier: GPL-2.0-only
/*
 * A campaign on several processes.
 *
 * Each worker is a fork of the process that has the trace and its machine ready.  It runs every
 * n-th schedule and sends its result through a pipe when it is done; until then it only leaves
 * notes in memory that all share: how far it is, and from which schedule on nobody is needed.
 *
 * Invariants: a worker that does not send a whole result is an error of the campaign, which names
 * the schedule it was at; the parent has waited for every child when explore_workers() returns.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/explore/internal.h"

#define POLL_MS 250

struct worker {
	/* written by the parent */
	pid_t pid;
	int fd;
	GByteArray *got; /* what came through the pipe so far */
};

static void give_up(struct trace_errors *errs, const char *path, char *message)
{
	trace_errors_add(errs, path, (struct trace_loc){0}, NULL, message);
}

/* The worker's whole life. */
static _Noreturn void worker_main(struct campaign *x, int fd)
{
	FILE *to = fdopen(fd, "w");

	campaign_share(x);
	if (!to)
		_exit(1);
	wire_send(to, x->result);
	_exit(fclose(to) ? 1 : 0);
}

static bool worker_start(struct campaign *x, struct worker *w, u32 i)
{
	int fds[2];

	if (pipe(fds))
		return false;
	fflush(NULL);
	w->pid = fork();
	if (w->pid == 0) {
		close(fds[0]);
		x->worker = i;
		worker_main(x, fds[1]);
	}
	close(fds[1]);
	if (w->pid < 0) {
		close(fds[0]);
		return false;
	}
	w->fd = fds[0];
	w->got = g_byte_array_new();
	return true;
}

/* Return: false when the pipe is at its end. */
static bool worker_read(struct worker *w)
{
	u8 buf[65536];
	ssize_t n = read(w->fd, buf, sizeof(buf));

	if (n > 0)
		g_byte_array_append(w->got, buf, (guint)n);
	return n > 0 || (n < 0 && errno == EINTR);
}

static void read_all(struct campaign *x, struct worker *w, u32 n)
{
	g_autofree struct pollfd *fds = g_new0(struct pollfd, n);
	u32 open = 0;

	for (u32 i = 0; i < n; i++) {
		fds[i] = (struct pollfd){.fd = w[i].fd, .events = POLLIN};
		open += w[i].fd >= 0;
	}
	while (open) {
		if (poll(fds, n, POLL_MS) > 0) {
			for (u32 i = 0; i < n; i++) {
				if (fds[i].fd < 0 || !fds[i].revents || worker_read(&w[i]))
					continue;
				fds[i].fd = -1;
				open--;
			}
		}
		campaign_tell(x);
	}
}

static bool worker_end(struct campaign *x, struct worker *w, struct explore_result *into)
{
	struct explore_result *part = explore_result_like(x->result);
	FILE *from = w->got->len ? fmemopen(w->got->data, w->got->len, "r") : NULL;
	bool ok = from && wire_receive(from, part);
	char why[160];
	int status;

	if (from)
		fclose(from);
	close(w->fd);
	g_byte_array_free(w->got, TRUE);
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (ok)
		return explore_result_merge(into, part, why);
	explore_result_free(part);
	return false;
}

struct explore_result *explore_workers(struct campaign *x, struct trace_errors *errs)
{
	u32 n = x->nr_workers = x->opt->jobs, started = 0;
	size_t bytes = sizeof(*x->notes) + n * sizeof(x->notes->worker[0]);
	g_autofree struct worker *w = g_new0(struct worker, n);
	bool ok = true;

	x->notes = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	SIM_ASSERT(x->notes != MAP_FAILED);
	x->notes->stop_at = UINT64_MAX;
	while (started < n && worker_start(x, &w[started], started))
		started++;
	read_all(x, w, started);
	for (u32 i = 0; i < started; i++) {
		u64 at = x->notes->worker[i].index;

		if (worker_end(x, &w[i], x->result))
			continue;
		ok = false;
		give_up(errs, x->trace->path,
			g_strdup_printf("a worker ended early, in schedule %" PRIu64
					", seed 0x%" PRIx64, at + 1,
					campaign_seed(x->opt->seed, at)));
	}
	if (started < n) {
		ok = false;
		give_up(errs, x->trace->path, g_strdup_printf("cannot start worker %u: %s",
							      started + 1, g_strerror(errno)));
	}
	munmap(x->notes, bytes);
	x->notes = NULL;
	if (ok)
		return x->result;
	explore_result_free(x->result);
	return NULL;
}

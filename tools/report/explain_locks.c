// SPDX-License-Identifier: GPL-2.0-only
/*
 * Findings about locks in the form of lockdep's reports, from what their messages say.
 *
 * Invariant: a message that is not understood is not touched.
 */
#include <stdio.h>
#include <string.h>

#include "tools/report/explain.h"

#define NAME	  "%127[^ ,;]"
#define LEN	  128
#define MAX_CHAIN 16 /* tasks or classes in a circle */

/* --- predicted: classes in an order that others have the other way round --- */

struct order {
	/* written by read_order() */
	char task[LEN], taken[LEN], where[LEN], held[LEN], held_where[LEN];
	char **chain; /* from the lock that is taken to the one that is held */
};

static bool read_order(const char *message, struct order *o)
{
	const char *chain = strstr(message, "the other way round was seen: ");

	if (!chain || sscanf(message,
			     "possible circular locking: " NAME " takes " NAME " in " NAME
			     " and holds " NAME ", taken in " NAME,
			     o->task, o->taken, o->where, o->held, o->held_where) != 5)
		return false;
	chain = strstr(chain, ": ") + 2;
	o->chain = g_strsplit(chain, " -> ", MAX_CHAIN);
	return true;
}

/* Each task takes one lock of the circle and then wants the next one. */
static void put_scenario(FILE *to, char *const *lock, u32 n)
{
	const int column = 24;

	fputs("\n Possible unsafe locking scenario:\n\n", to);
	for (u32 i = 0; i < n; i++)
		fprintf(to, "%*sCPU%u", i ? column - 4 : 7, "", i);
	putc('\n', to);
	for (u32 i = 0; i < n; i++)
		fprintf(to, "%*s----", i ? column - 4 : 7, "");
	putc('\n', to);
	for (u32 i = 0; i < n; i++)
		fprintf(to, "%*slock(%s);\n", (int)i * column + 2, "", lock[i]);
	for (u32 i = n; i-- > 1;)
		fprintf(to, "%*slock(%s);\n", (int)i * column + 2, "", lock[(i + 1) % n]);
	fprintf(to, "  lock(%s);\n\n *** DEADLOCK ***\n", lock[1 % n]);
}

static void put_order(const struct explain *x, const struct order *o)
{
	char *lock[MAX_CHAIN] = {(char *)o->held};
	u32 n = g_strv_length(o->chain);
	bool short_enough = n >= 2 && n <= EXPLAIN_COLUMNS;

	fprintf(x->to,
		"======================================================\n"
		"WARNING: possible circular locking dependency detected\n"
		"------------------------------------------------------\n"
		"%s is trying to acquire lock:\n (%s), at: %s\n\n"
		"but task is already holding lock:\n (%s), at: %s\n\n"
		"which lock already depends on the new lock.\n\n"
		"the existing dependency chain (in reverse order) is:\n",
		o->task, o->taken, o->where, o->held, o->held_where);
	for (u32 i = n; i-- > 0;)
		fprintf(x->to, " -> #%u (%s)\n", i, o->chain[i]);
	/* the task has the last lock of the chain and wants the first, the others the chain */
	for (u32 i = 0; short_enough && i + 1 < n; i++)
		lock[i + 1] = o->chain[i];
	if (short_enough)
		put_scenario(x->to, lock, n);
}

/* --- happened: tasks that wait for each other --- */

struct waiter {
	/* written by read_waiter() */
	char task[LEN], where[LEN], lock[LEN], holder[LEN];
};

/* "task vcpu0/2 is blocked in lock: waits for guest:b#35 (W); held by vcpu1/3" */
static bool read_waiter(const char *line, struct waiter *w)
{
	const char *waits = strstr(line, ": waits for ");
	const char *holder = strstr(line, "; held by ");

	if (!waits || !holder || sscanf(line, "task " NAME " is blocked in %127[^ :]", w->task,
					w->where) != 2)
		return false;
	return sscanf(waits, ": waits for " NAME, w->lock) == 1 &&
	       sscanf(holder, "; held by %127[^;]", w->holder) == 1;
}

static void put_waiter(const struct explain *x, const struct waiter *w)
{
	fprintf(x->to, "task %s is trying to acquire lock:\n (%s), at: %s\nwhich is held by %s\n",
		w->task, w->lock, w->where, w->holder);
}

static bool put_deadlock(const struct explain *x)
{
	g_auto(GStrv) lines = g_strsplit(x->f->message, "\n", 0);
	struct waiter w;
	u32 n = 0;

	for (u32 i = 1; lines[i]; i++) {
		if (g_str_has_prefix(lines[i], "task ") && !read_waiter(lines[i], &w))
			return false;
		n += g_str_has_prefix(lines[i], "task ");
	}
	if (!n)
		return false;
	fprintf(x->to,
		"============================================\n"
		"WARNING: %s\n"
		"--------------------------------------------\n",
		lines[0]);
	for (u32 i = 1; lines[i]; i++) {
		if (g_str_has_prefix(lines[i], "task ") && read_waiter(lines[i], &w))
			put_waiter(x, &w);
		else
			fprintf(x->to, "%s\n", lines[i]);
	}
	fputs("\n *** DEADLOCK ***\n", x->to);
	return true;
}

bool explain_locks(const struct explain *x)
{
	struct order o;

	if (!strcmp(x->f->rule, "deadlock"))
		return put_deadlock(x);
	if (strcmp(x->f->rule, "lock-order") || !read_order(x->f->message, &o))
		return false;
	put_order(x, &o);
	g_strfreev(o.chain);
	return true;
}

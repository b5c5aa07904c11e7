// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cycles in the order of lock classes that it takes several schedules to see.  See order.h.
 *
 * Edges are looked at in the order of their schedules.  One that closes a cycle is reported, with
 * the way back, unless a finding of a single run names both its classes: that is the same cycle, or
 * one beside it that is gone when the first is.
 *
 * Upstream: kernel/locking/lockdep.c:check_noncircular, whose graph lives as long as the kernel
 */
#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/prng.h"
#include "tools/explore/order.h"
#include "tools/explore/result.h"

static u32 find_edge(const struct explore_order *o, const char *held, const char *taken)
{
	u32 i = 0;

	while (i < o->n && (strcmp(o->edge[i].held, held) || strcmp(o->edge[i].taken, taken)))
		i++;
	return i;
}

static void edge_set(struct order_edge *to, const struct order_edge *e)
{
	to->held = g_strdup(e->held);
	to->taken = g_strdup(e->taken);
	to->held_in = g_strdup(e->held_in);
	to->taken_in = g_strdup(e->taken_in);
	to->first = e->first;
}

static void edge_clear(struct order_edge *e)
{
	g_free(e->held);
	g_free(e->taken);
	g_free(e->held_in);
	g_free(e->taken_in);
}

void order_add(struct explore_order *o, const struct order_edge *e)
{
	u32 i = find_edge(o, e->held, e->taken);

	if (i < o->n && o->edge[i].first <= e->first)
		return;
	if (i == o->n)
		o->edge = g_renew(struct order_edge, o->edge, ++o->n);
	else
		edge_clear(&o->edge[i]);
	edge_set(&o->edge[i], e);
}

/* Is @e known, and from no later schedule?  Classes stay where they are, but for late ones. */
static bool cached(const struct explore_order *o, const struct lock_edge *e, u32 slot, u64 index)
{
	const struct order_edge *k;

	if (o->cache[slot].held != e->held || o->cache[slot].taken != e->taken)
		return false;
	k = &o->edge[o->cache[slot].edge];
	return k->first <= index && strcmp(k->held, e->held->name) == 0 &&
	       strcmp(k->taken, e->taken->name) == 0;
}

void order_note(struct explore_order *o, const struct sim *sim, u64 index)
{
	for (u32 i = 0; i < sim->nr_edges; i++) {
		const struct lock_edge *e = &sim->edges[i];
		u32 slot;

		if (e->irq != IRQ_CONTEXTS)
			continue;
		slot = (e->held->id * 37 + e->taken->id) % ORDER_CACHE;
		if (cached(o, e, slot, index))
			continue;
		order_add(o, &(struct order_edge){.held = (char *)e->held->name,
						  .taken = (char *)e->taken->name,
						  .held_in = (char *)e->held_in,
						  .taken_in = (char *)e->taken_in,
						  .first = index});
		o->cache[slot].held = e->held;
		o->cache[slot].taken = e->taken;
		o->cache[slot].edge = find_edge(o, e->held->name, e->taken->name);
	}
}

void order_merge(struct explore_order *to, struct explore_order *from)
{
	for (u32 i = 0; i < from->n; i++)
		order_add(to, &from->edge[i]);
	order_finish(from);
}

void order_finish(struct explore_order *o)
{
	for (u32 i = 0; i < o->n; i++)
		edge_clear(&o->edge[i]);
	g_free(o->edge);
	memset(o, 0, sizeof(*o));
}

/* ---- the judgement -------------------------------------------------------------------------- */

static int by_schedule(const void *va, const void *vb)
{
	const struct order_edge *a = va, *b = vb;
	int c;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	c = strcmp(a->held, b->held);
	return c ? c : strcmp(a->taken, b->taken);
}

/*
 * A way from @from to @to along the first @n edges, written to @way; the latest of their schedules
 * to @last.
 */
static bool find_way(const struct explore_order *o, u32 n, const char *from, const char *to,
		     bool *seen, GString *way, u64 *last)
{
	gsize len = way->len;

	g_string_append_printf(way, "%s%s", len ? " -> " : "", from);
	if (strcmp(from, to) == 0)
		return true;
	for (u32 i = 0; i < n; i++) {
		u64 before = *last;

		if (seen[i] || strcmp(o->edge[i].held, from) != 0)
			continue;
		seen[i] = true;
		*last = MAX(*last, o->edge[i].first);
		if (find_way(o, n, o->edge[i].taken, to, seen, way, last))
			return true;
		*last = before;
	}
	g_string_truncate(way, len);
	return false;
}

static bool reported(const struct explore_result *x, const struct order_edge *e)
{
	for (u32 i = 0; i < x->nr_findings; i++) {
		const struct explore_finding *f = &x->findings[i];

		if ((strcmp(f->rule, "lock-order") == 0 || strcmp(f->rule, "deadlock") == 0) &&
		    strstr(f->message, e->held) && strstr(f->message, e->taken))
			return true;
	}
	return false;
}

static void report(struct explore_result *x, const struct order_edge *e, const char *way, u64 last)
{
	u64 site = prng_mix(g_str_hash("lock-order over several schedules"));
	struct explore_finding f = {
		.rule = g_strdup("lock-order"),
		.rules = g_strdup("lock-order"),
		.predicted = true,
		.across = true,
		.first = MAX(last, e->first),
		.count = 1,
		.seed = x->seed,
		.tasks = g_new0(char *, 1),
	};

	site = prng_mix(site ^ g_str_hash(e->held));
	f.site = prng_mix(site ^ g_str_hash(e->taken));
	f.message = g_strdup_printf("possible circular locking, seen over several schedules: %s "
				    "is taken in %s with %s held, taken in %s (schedule %" PRIu64
				    "); the other way round was seen: %s (by schedule %" PRIu64 ")",
				    e->taken, e->taken_in, e->held, e->held_in, e->first + 1, way,
				    last + 1);
	schedule_init(&f.schedule, x->seed);
	explore_finding_add(x, &f);
}

void order_judge(struct explore_result *x)
{
	struct explore_order *o = &x->order;
	g_autofree bool *seen = g_new0(bool, o->n + 1);
	g_autoptr(GString) way = g_string_new(NULL);

	if (o->n)
		qsort(o->edge, o->n, sizeof(*o->edge), by_schedule);
	memset(o->cache, 0, sizeof(o->cache));
	for (u32 i = 0; i < o->n; i++) {
		const struct order_edge *e = &o->edge[i];
		u64 last = 0;

		memset(seen, 0, o->n * sizeof(*seen));
		g_string_truncate(way, 0);
		if (find_way(o, i, e->taken, e->held, seen, way, &last) && !reported(x, e))
			report(x, e, way->str, last);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/lock_order.c - the order in which classes of locks are taken: deadlocks before they happen.
 *
 * An edge A -> B says that somebody has waited, or could have waited, for a lock of class B while
 * he held one of class A.  A cycle of edges is a deadlock that some order of events runs into, even
 * if this run did not.  Like lockdep it looks at classes: two locks of one class are one node.
 *
 * Invariants:
 *  - an acquisition that cannot wait makes no edge to its lock: a trylock, a reader of SRCU;
 *  - edges are made from the locks held, newest first, down to the first that was waited for: what
 *    is below it has an edge to it already.
 *
 * Interrupts belong to the order.  A class that is taken in a handler, and another that is held
 * with interrupts on, must not be connected: who holds the second may be interrupted by who wants
 * the first, while somebody who holds the first wants the second.  If both are one class, one CPU
 * is enough.
 *
 * Upstream: kernel/locking/lockdep.c:check_prevs_add, mark_lock, check_irq_usage
 * Fidelity: simplified: readers of rwlocks and rwsems count as writers, but for one and the same
 * class in interrupts; no nesting inside a class; no local locks and wait types
 */
#include <stdio.h>
#include <string.h>

#include "sim/core.h"

_Static_assert(SIM_MAX_CLASSES <= 64, "a class is a bit of a word");

/* Events are no locks: who holds one is no more than a name for who has to act. */
#define NO_NODE (LOCKC_UNORDERED | LOCKC_WAITQ)

static bool cannot_wait(const struct held_lock *h)
{
	return h->trylock || ((h->class->flags & LOCKC_RECURSIVE) && h->mode == LOCK_READ);
}

/*
 * Depth first from @from to @to along the edges.
 * Return: the length of the path in @path, @to included, or 0.
 */
static u32 find_path(const struct sim *sim, u32 from, u32 to, u64 *seen, u32 *path)
{
	u64 next = sim->lock_after[from] & ~*seen;
	u32 len;

	path[0] = from;
	if (from == to)
		return 1;
	*seen |= BIT_ULL(from);
	for (; next; next &= next - 1) {
		u32 c = (u32)__builtin_ctzll(next);

		if (*seen & BIT_ULL(c))
			continue;
		len = find_path(sim, c, to, seen, path + 1);
		if (len)
			return len + 1;
	}
	return 0;
}

#define PATH_TEXT 400

/* "A -> B -> C".  Return: @text */
static const char *path_text(const struct sim *sim, const u32 *path, u32 len, char text[PATH_TEXT])
{
	size_t at = 0;

	for (u32 i = 0; i < len && at < PATH_TEXT; i++)
		at += (size_t)snprintf(text + at, PATH_TEXT - at, "%s%s", i ? " -> " : "",
				       sim->classes[path[i]].name);
	return text;
}

static void report(struct task *me, const struct held_lock *prev, const struct held_lock *h,
		   const u32 *path, u32 len)
{
	char text[PATH_TEXT];

	sim_predict_at(me->sim, me, sim_site(me), me->op_line, "lock-order",
		       "possible circular locking: %s takes %s in %s and holds %s, taken in %s; "
		       "the other way round was seen: %s",
		       me->name, h->class->name, h->func, prev->class->name, prev->func,
		       path_text(me->sim, path, len, text));
}

static void edge_add(struct sim *sim, const struct lock_edge *edge)
{
	if (sim->nr_edges == sim->cap_edges) {
		u32 cap = sim->cap_edges ? 2 * sim->cap_edges : 32;
		struct lock_edge *edges = sim_alloc(sim, cap * sizeof(*edges));

		if (sim->nr_edges)
			memcpy(edges, sim->edges, sim->nr_edges * sizeof(*edges));
		sim_free(sim, sim->edges, sim->cap_edges * sizeof(*edges));
		sim->edges = edges;
		sim->cap_edges = cap;
	}
	sim->edges[sim->nr_edges++] = *edge;
}

/* ---- interrupts ------------------------------------------------------------------------ */

static const char *const irq_name[IRQ_CONTEXTS] = {"HARDIRQ", "SOFTIRQ"};

/* One class, both in interrupts and with them on. */
static void report_state(struct task *me, enum irq_context irq, const struct held_lock *h,
			 enum lock_mode in, enum lock_mode on, bool now_in)
{
	const char *x = irq_name[irq], *name = h->class->name;
	char state[2][24];

	snprintf(state[0], sizeof(state[0]), "%s-ON-%c", x, "RW"[on]);
	snprintf(state[1], sizeof(state[1]), "IN-%s-%c", x, "RW"[in]);
	sim_predict_at(me->sim, me, sim_site(me), me->op_line, "lock-order",
		       "WARNING: inconsistent lock state\n"
		       "inconsistent {%s} -> {%s} usage.\n"
		       "%s takes %s in %s\n"
		       "{%s} state was registered in %s\n"
		       "Possible unsafe locking scenario: CPU0: lock(%s); <Interrupt> lock(%s); "
		       "*** DEADLOCK ***",
		       state[!now_in], state[now_in], me->name, name, h->func, state[!now_in],
		       h->class->used_in[irq][now_in], name, name);
}

/* @path leads from a class taken in interrupts to one that is held with them on. */
static void report_irq_order(struct task *me, enum irq_context irq, const u32 *path, u32 len)
{
	const struct lock_class *safe = &me->sim->classes[path[0]];
	const struct lock_class *unsafe = &me->sim->classes[path[len - 1]];
	const char *x = irq_name[irq];
	char text[PATH_TEXT];

	sim_predict_at(me->sim, me, sim_site(me), me->op_line, "lock-order",
		       "WARNING: %s-safe -> %s-unsafe lock order detected\n"
		       "%s is in %s with the order %s\n"
		       "%s is taken in a %s, in %s\n%s is held with them on, in %s\n"
		       "Possible interrupt unsafe locking scenario: CPU0: lock(%s); CPU1: "
		       "lock(%s); lock(%s); CPU0: <Interrupt> lock(%s); *** DEADLOCK ***",
		       x, x, me->name, sim_func(me), path_text(me->sim, path, len, text),
		       safe->name,
		       irq == IRQ_HARD ? "hardirq" : "softirq", safe->used_in[irq][0],
		       unsafe->name, unsafe->used_in[irq][1], unsafe->name, safe->name,
		       unsafe->name, safe->name);
}

/* Ways from classes of @from, used in interrupts, to classes of @to, held with them on. */
static void look_for_ways(struct task *me, enum irq_context irq, u64 from, u64 to)
{
	for (; from; from &= from - 1) {
		u32 a = (u32)__builtin_ctzll(from);

		for (u64 rest = to & ~BIT_ULL(a); rest; rest &= rest - 1) {
			u32 path[SIM_MAX_CLASSES], len;
			u64 seen = 0;

			len = find_path(me->sim, a, (u32)__builtin_ctzll(rest), &seen, path);
			if (len)
				report_irq_order(me, irq, path, len);
		}
	}
}

/* A new edge of the plain order.  Hardly anything is ever taken in interrupts. */
static void look_for_all_ways(struct task *me)
{
	for (u32 irq = 0; irq < IRQ_CONTEXTS; irq++) {
		const struct lock_usage *u = &me->sim->lock_usage[irq];

		if (unlikely(u->in[LOCK_READ] | u->in[LOCK_WRITE]))
			look_for_ways(me, (enum irq_context)irq,
				      u->in[LOCK_READ] | u->in[LOCK_WRITE],
				      u->on[LOCK_READ] | u->on[LOCK_WRITE]);
	}
}

/* @h's class has been seen in interrupts of that kind (@in), or with them on, for the first time */
static void usage_add(struct task *me, enum irq_context irq, const struct held_lock *h, bool in)
{
	struct lock_usage *u = &me->sim->lock_usage[irq];
	struct lock_class *class = &me->sim->classes[h->class->id];
	u64 bit = BIT_ULL(class->id), *mine = in ? u->in : u->on, *other = in ? u->on : u->in;
	struct lock_edge edge = {.irq = (u8)irq, .mode = h->mode};

	mine[h->mode] |= bit;
	if (!class->used_in[irq][!in])
		class->used_in[irq][!in] = h->func;
	*(in ? &edge.taken : &edge.held) = class;
	*(in ? &edge.taken_in : &edge.held_in) = h->func;
	edge_add(me->sim, &edge);
	for (u32 mode = 0; mode < LOCK_NR_MODES; mode++) {
		if (!(other[mode] & bit) || (mode == LOCK_READ && h->mode == LOCK_READ))
			continue;
		report_state(me, irq, h, in ? h->mode : mode, in ? mode : h->mode, in);
		break;
	}
	if (in)
		look_for_ways(me, irq, bit, u->on[LOCK_READ] | u->on[LOCK_WRITE]);
	else
		look_for_ways(me, irq, u->in[LOCK_READ] | u->in[LOCK_WRITE], bit);
}

void lock_context_note(struct task *me, const struct held_lock *h)
{
	const struct lock_usage *u = me->sim->lock_usage;
	u64 bit = BIT_ULL(h->class->id);

	if (softirqs_on(me))
		me->sim->lock_seen[h->mode] |= bit;
	if (h->class->flags & (NO_NODE | LOCKC_RECURSIVE))
		return;
	if (unlikely(in_interrupt(me)) && !h->trylock) {
		enum irq_context irq = me->hardirq_count ? IRQ_HARD : IRQ_SOFT;

		if (!(u[irq].in[h->mode] & bit))
			usage_add(me, irq, h, true);
	}
	if (!me->irq_count && unlikely(!(u[IRQ_HARD].on[h->mode] & bit)))
		usage_add(me, IRQ_HARD, h, false);
	if (softirqs_on(me) && unlikely(!(u[IRQ_SOFT].on[h->mode] & bit)))
		usage_add(me, IRQ_SOFT, h, false);
}

void lock_context_opened(struct task *me)
{
	if (!me->sim->cfg.checks || !me->sim->is_virtual)
		return;
	for (u32 i = 0; i < me->nr_held; i++)
		lock_context_note(me, &me->held[i]);
}

/* ---- the order --------------------------------------------------------------------------- */

void lock_order_note(struct task *me, const struct held_lock *h)
{
	struct sim *sim = me->sim;

	if ((h->class->flags & NO_NODE) || cannot_wait(h))
		return;
	for (u32 i = me->nr_held; i-- > 0;) {
		const struct held_lock *prev = &me->held[i];
		u32 path[SIM_MAX_CLASSES], len;
		u64 seen = 0;

		/* what the interrupted task holds is a matter of contexts */
		if (prev->interrupts != h->interrupts)
			return;
		if ((prev->class->flags & NO_NODE) || prev->class == h->class)
			continue;
		if (!(sim->lock_after[prev->class->id] & BIT_ULL(h->class->id))) {
			len = find_path(sim, h->class->id, prev->class->id, &seen, path);
			sim->lock_after[prev->class->id] |= BIT_ULL(h->class->id);
			edge_add(sim, &(struct lock_edge){.held = prev->class,
							  .taken = h->class,
							  .held_in = prev->func,
							  .taken_in = h->func,
							  .irq = IRQ_CONTEXTS});
			if (len)
				report(me, prev, h, path, len);
			else
				look_for_all_ways(me);
		}
		if (!cannot_wait(prev))
			return;
	}
}

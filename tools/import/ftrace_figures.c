// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the recorded kernel's own times were, to put beside the simulated ones.
 *
 * The invalidate lock has no name in the events.  It is the sleeping lock that fallocate() and
 * memslot ioctls waited for longest.  A punch holds it from its system call's enter, or from the
 * end of its own wait as a writer, to the exit.  A writer's optimistic spinning comes before
 * contention_begin and so is part of the hold, not of the wait.
 */
#include "tools/import/ftrace.h"

/* A thread while its events go by; times are 0 outside a wait, or outside a call. */
struct state {
	u64 lock, wait_ns;
	bool write;
	u64 call_ns, hold_ns;
	enum ft_figure call;
	bool punch;
};

/* What to do with a finished wait and a finished call; the two passes differ in this. */
struct pass {
	GHashTable *total; /* first: lock -> u64 ns waited inside calls */
	u64 lock;	   /* second: the invalidate lock */
	struct ft_story *s;
};

static void wait_ended(struct pass *p, struct state *s, u64 now_ns)
{
	u64 waited_ns = now_ns - s->wait_ns, *total;

	if (p->total) {
		if (!s->call_ns)
			return;
		total = g_hash_table_lookup(p->total, &s->lock);
		if (!total) {
			total = g_new0(u64, 1);
			g_hash_table_insert(p->total, g_memdup2(&s->lock, sizeof(u64)), total);
		}
		*total += waited_ns;
		return;
	}
	if (s->lock != p->lock)
		return;
	if (s->call_ns && s->write)
		s->hold_ns = now_ns;
	if (!s->punch)
		g_array_append_val(p->s->figure[s->write ? FT_WRITE_WAIT : FT_READ_WAIT],
				   waited_ns);
}

static void call_ended(struct pass *p, const struct state *s, u64 now_ns)
{
	u64 held_ns = now_ns - s->hold_ns, called_ns = now_ns - s->call_ns;

	if (!p->s)
		return;
	g_array_append_val(p->s->figure[s->call], called_ns);
	if (s->punch)
		g_array_append_val(p->s->figure[FT_HOLD], held_ns);
}

static void run_pass(const struct ft_capture *c, struct pass *p)
{
	g_autofree struct state *states = g_new0(struct state, c->threads->len);

	for (u32 i = 0; i < c->events->len; i++) {
		const struct ft_event *ev = ft_event_at(c, i);
		struct state *s = &states[ev->thread];

		switch (ev->type) {
		case FT_LOCK_BEGIN:
			s->lock = ev->a;
			s->write = ev->b != 0;
			s->wait_ns = ev->at_ns;
			break;
		case FT_LOCK_END:
			if (!s->wait_ns || s->lock != ev->a)
				break;
			wait_ended(p, s, ev->at_ns);
			s->wait_ns = 0;
			break;
		case FT_FALLOCATE:
		case FT_IOCTL:
			s->call_ns = s->hold_ns = ev->at_ns;
			s->punch = ev->type == FT_FALLOCATE && (ev->a & 2);
			s->call = s->punch		   ? FT_PUNCH :
				  ev->type == FT_FALLOCATE ? FT_ALLOCATE_CALL :
							     FT_IOCTL_CALL;
			break;
		case FT_SYSCALL_END:
			if (s->call_ns)
				call_ended(p, s, ev->at_ns);
			s->call_ns = 0;
			s->punch = false;
			break;
		default:
			break;
		}
	}
}

static u64 longest_waited(GHashTable *total)
{
	GHashTableIter iter;
	gpointer key, value;
	u64 best = 0, best_ns = 0;

	g_hash_table_iter_init(&iter, total);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		u64 lock = *(u64 *)key, ns = *(u64 *)value;

		/* the table's order is not to be seen: equal times fall to the lower address */
		if (ns > best_ns || (ns == best_ns && lock < best)) {
			best_ns = ns;
			best = lock;
		}
	}
	return best;
}

static gint compare_u64(gconstpointer a, gconstpointer b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* Faults whose end shows in the events. */
static void add_faults(struct ft_story *s)
{
	for (u32 i = 0; i < s->actors->len; i++) {
		const struct ft_actor *a = &g_array_index(s->actors, struct ft_actor, i);

		for (u32 k = 0; k < a->ops->len; k++) {
			const struct ft_op *op = &g_array_index(a->ops, struct ft_op, k);
			u64 took_ns = op->end_ns - op->start_ns;

			if (took_ns && op->verb == FT_OP_ACCESS)
				g_array_append_val(s->figure[FT_HOST_FAULT], took_ns);
			else if (took_ns && op->verb == FT_OP_TOUCH)
				g_array_append_val(s->figure[FT_TOUCH_FAULT], took_ns);
		}
	}
}

void ft_measure(const struct ft_capture *c, struct ft_story *s)
{
	g_autoptr(GHashTable) total =
		g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	struct pass first = {.total = total}, second = {.s = s};

	for (u32 i = 0; i < FT_NR_FIGURES; i++)
		s->figure[i] = g_array_new(FALSE, FALSE, sizeof(u64));
	run_pass(c, &first);
	second.lock = longest_waited(total);
	run_pass(c, &second);
	add_faults(s);
	for (u32 i = 0; i < FT_NR_FIGURES; i++)
		g_array_sort(s->figure[i], compare_u64);
}

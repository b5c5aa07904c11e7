// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where events come from.  See callers.h.
 */
#include "tools/report/callers.h"

/* Innermost first, and what sim_func() says of a task outside all functions. */
static u32 stack_of(struct callers *c, const struct task *t)
{
	const char *frame[SIM_MAX_FRAMES + 2];
	u32 n = 0, i;
	GBytes *key;

	for (i = t->nr_frames; i > 0; i--)
		frame[n++] = t->frame[i - 1];
	if (!n)
		frame[n++] = sim_func(t);
	frame[n++] = NULL;
	key = g_bytes_new(frame, n * sizeof(frame[0]));
	i = GPOINTER_TO_UINT(g_hash_table_lookup(c->known, key));
	if (i) {
		g_bytes_unref(key);
		return i - 1;
	}
	g_ptr_array_add(c->stacks, (gpointer)g_bytes_get_data(key, NULL));
	g_hash_table_insert(c->known, key, GUINT_TO_POINTER(c->stacks->len));
	return c->stacks->len - 1;
}

/* sim_config.watch */
static void on_event(void *arg, const struct task *me, u32 type)
{
	struct callers *c = arg;
	u32 stack = stack_of(c, me);

	(void)type;
	g_array_set_size(c->of_event, (guint)c->sim->log.len);
	g_array_append_val(c->of_event, stack);
}

void callers_begin(struct callers *c, struct sim *sim)
{
	*c = (struct callers){
		.sim = sim,
		.of_event = g_array_new(FALSE, TRUE, sizeof(u32)),
		.stacks = g_ptr_array_new(),
		.known = g_hash_table_new_full(g_bytes_hash, g_bytes_equal,
					       (GDestroyNotify)g_bytes_unref, NULL),
	};
	sim->cfg.watch = on_event;
	sim->cfg.watch_arg = c;
}

void callers_finish(struct callers *c)
{
	g_array_unref(c->of_event);
	g_ptr_array_unref(c->stacks);
	g_hash_table_destroy(c->known);
}

const char *const *callers_of(const struct callers *c, size_t i)
{
	static const char *const nowhere[] = {NULL};

	if (i >= c->of_event->len)
		return nowhere;
	return g_ptr_array_index(c->stacks, g_array_index(c->of_event, u32, i));
}

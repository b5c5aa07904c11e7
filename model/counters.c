// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/counters.c - the table of counters, and those of the machine as a whole.
 *
 * Invariant: lists are counted under machine->lock.
 */
#include "model/counters.h"

#include <string.h>

#include "model/mm/folio.h"

const struct counter_desc counter_descs[NR_COUNTERS] = {
#define COUNTER(nm, txt) {.name = #nm, .text = txt, .read = counter_##nm},
	MODEL_COUNTERS(COUNTER)
#undef COUNTER
};

const struct counter_desc *counter_by_name(const char *name)
{
	for (u32 i = 0; i < NR_COUNTERS; i++) {
		if (strcmp(counter_descs[i].name, name) == 0)
			return &counter_descs[i];
	}
	return NULL;
}

static u64 count_list(struct task *me, const struct list_head *list)
{
	struct machine *m = machine_of(me);
	const struct list_head *node;
	u64 n = 0;

	sim_guard_lock(me->sim, &m->lock);
	for (node = list->next; node != list; node = node->next)
		n++;
	sim_guard_unlock(me->sim, &m->lock);
	return n;
}

u64 counter_vms(struct task *me, struct vm *vm)
{
	return count_list(me, &machine_of(me)->vms);
}

u64 counter_inodes(struct task *me, struct vm *vm)
{
	return count_list(me, &machine_of(me)->inodes);
}

u64 counter_pins(struct task *me, struct vm *vm)
{
	return count_list(me, &machine_of(me)->pins);
}

u64 counter_pages(struct task *me, struct vm *vm)
{
	struct folio_map *map = machine_of(me)->folios;
	u64 nr;

	sim_guard_lock(me->sim, &map->lock);
	nr = map->nr_used - map->nr_free;
	sim_guard_unlock(me->sim, &map->lock);
	return nr;
}

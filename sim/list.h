/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/list.h - intrusive circular doubly linked lists.
 *
 * Invariants: a list_head is either on exactly one list or points to itself; iteration order is
 * insertion order, so nothing that walks a list depends on addresses.
 */
#ifndef SIM_LIST_H
#define SIM_LIST_H

#include "sim/types.h"

struct list_head {
	/* protected by the lock of the list's owner */
	struct list_head *next, *prev;
};

static inline void INIT_LIST_HEAD(struct list_head *h)
{
	h->next = h->prev = h;
}

static inline bool list_empty(const struct list_head *h)
{
	return h->next == h;
}

static inline void __list_add(struct list_head *n, struct list_head *prev, struct list_head *next)
{
	next->prev = n;
	n->next = next;
	n->prev = prev;
	prev->next = n;
}

static inline void list_add(struct list_head *n, struct list_head *h)
{
	__list_add(n, h, h->next);
}

static inline void list_add_tail(struct list_head *n, struct list_head *h)
{
	__list_add(n, h->prev, h);
}

static inline void list_del_init(struct list_head *n)
{
	n->next->prev = n->prev;
	n->prev->next = n->next;
	INIT_LIST_HEAD(n);
}

static inline void list_move_tail(struct list_head *n, struct list_head *h)
{
	list_del_init(n);
	list_add_tail(n, h);
}

#define list_entry(p, type, member)    container_of(p, type, member)
#define list_first_entry(h, type, m)   list_entry((h)->next, type, m)
#define list_last_entry(h, type, m)    list_entry((h)->prev, type, m)
#define list_next_entry(p, m)	       list_entry((p)->m.next, __typeof__(*(p)), m)

#define list_for_each_entry(p, h, m)                                                               \
	for (p = list_first_entry(h, __typeof__(*p), m); &p->m != (h); p = list_next_entry(p, m))

#define list_for_each_entry_safe(p, n, h, m)                                                       \
	for (p = list_first_entry(h, __typeof__(*p), m), n = list_next_entry(p, m); &p->m != (h);  \
	     p = n, n = list_next_entry(n, m))

#endif

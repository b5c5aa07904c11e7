// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/loss.c - guest content that was lost by an operation that did not succeed.
 *
 * Where taking a private page out of the page table destroys what is in it, the zap is the point
 * of no return: an operation that fails after it has taken data from the guest, which still
 * believes the memory private and accepted.
 *
 * Invariants: only pages that contained data of their owner count; what a zap destroys is charged
 * to the task that zaps.
 */
#include "model/check.h"
#include "model/mm/folio.h"

void check_private_removed(struct task *me, pfn_t pfn, u64 nr_pages)
{
	const struct folio_map *map = machine_of(me)->folios;
	struct actor *actor = me->model;
	u64 i;

	for (i = 0; i < nr_pages; i++) {
		struct folio *page = pfn_page(map, pfn + (pfn_t)i);
		union content c;

		/* Pages without a struct of their own were never written. */
		if (!page) {
			i += FOLIO_CHUNK_SIZE - 1 - ((pfn + i) & (FOLIO_CHUNK_SIZE - 1));
			continue;
		}
		c = folio_content(page);
		if (c.state != CONTENT_DATA)
			continue;
		c.state = CONTENT_ZERO;
		c.byte = 0;
		c.generation++;
		store_release(page->content.raw, c.raw);
		actor->lost_pages++;
	}
}

u64 check_content_mark(const struct task *me)
{
	const struct actor *actor = me->model;

	return actor ? actor->lost_pages : 0; /* a kernel thread of no process takes nothing */
}

void check_content_kept(struct task *me, u64 mark, s64 ret, const char *what)
{
	u64 lost = check_content_mark(me) - mark;

	if (unlikely(ret && lost))
		sim_finding(me->sim, me, "error-atomic",
			    "%s failed with %lld, but %llu pages have lost what the guest wrote",
			    what, (long long)ret, (unsigned long long)lost);
}

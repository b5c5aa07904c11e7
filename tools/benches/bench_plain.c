// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench_plain.c - what the model's work on one page costs without a model: a page frame, a slot of
 * a radix tree, a host PTE, a second-level PTE, a TLB entry and an attribute bit, written in a
 * plain loop.  No steps, locks, references by others, events, costs or checks.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/benches/rig.h"

#define LEAF	    512u
#define TLB_ENTRIES 256u

struct plain_folio {
	/* written by the loop */
	u64 flags, mapping, index, content;
};

struct plain {
	/* written by the loop */
	struct plain_folio *folio;
	u64 **slot, **pte, **spte;
	u64 *attr;
	u64 tlb[TLB_ENTRIES];
	u64 bytes;
};

static void *plain_alloc(struct plain *p, u64 bytes)
{
	void *v = calloc(1, bytes);

	if (!v)
		exit(70);
	p->bytes += bytes;
	return v;
}

static u64 *leaf_entry(struct plain *p, u64 **table, u64 i)
{
	if (!table[i / LEAF])
		table[i / LEAF] = plain_alloc(p, LEAF * sizeof(u64));
	return &table[i / LEAF][i % LEAF];
}

static void plain_init(struct plain *p, u64 n)
{
	u64 tables = (n + LEAF - 1) / LEAF;

	memset(p, 0, sizeof(*p));
	p->folio = plain_alloc(p, n * sizeof(*p->folio));
	p->slot = plain_alloc(p, tables * sizeof(*p->slot));
	p->pte = plain_alloc(p, tables * sizeof(*p->pte));
	p->spte = plain_alloc(p, tables * sizeof(*p->spte));
	p->attr = plain_alloc(p, (n / 64 + 1) * sizeof(*p->attr));
}

static void plain_free(struct plain *p, u64 n)
{
	for (u64 t = 0; t < (n + LEAF - 1) / LEAF; t++) {
		free(p->slot[t]);
		free(p->pte[t]);
		free(p->spte[t]);
	}
	free(p->folio);
	free(p->slot);
	free(p->pte);
	free(p->spte);
	free(p->attr);
}

/* Guest fault and host fault of a page that is then mapped everywhere. */
static void plain_fault(struct plain *p, u64 i, bool host)
{
	u64 *slot = leaf_entry(p, p->slot, i);
	struct plain_folio *folio = &p->folio[i];

	if (!*slot) {
		folio->flags = 1;
		folio->index = i;
		*slot = (u64)(uintptr_t)folio;
	}
	folio = (struct plain_folio *)(uintptr_t)*slot;
	folio->content++;
	*leaf_entry(p, p->spte, i) = i << PAGE_SHIFT | 1;
	p->tlb[i % TLB_ENTRIES] = i;
	if (host) {
		folio->mapping++;
		*leaf_entry(p, p->pte, i) = i << PAGE_SHIFT | 1;
	}
}

/* Out of all tables, and the attribute changes. */
static void plain_convert(struct plain *p, u64 i, bool host)
{
	u64 *pte = leaf_entry(p, p->pte, i);

	if (host && *pte) {
		p->folio[i].mapping--;
		*pte = 0;
	}
	*leaf_entry(p, p->spte, i) = 0;
	p->attr[i / 64] ^= 1ull << (i % 64);
}

/* As run_round() of bench_model.c: private, fault, shared, fault, host fault. */
double run_plain_page(const struct bench *b, u64 n)
{
	u64 pages = n / 2;
	struct plain p;
	double ns;

	plain_init(&p, pages);
	for (u64 i = 0; i < pages; i++)
		plain_fault(&p, i, true);
	ns = bench_now_ns();
	for (u64 i = 0; i < pages; i++)
		plain_convert(&p, i, true);
	for (u64 i = 0; i < pages; i++)
		plain_fault(&p, i, false);
	for (u64 i = 0; i < pages; i++)
		plain_convert(&p, i, false);
	for (u64 i = 0; i < pages; i++)
		plain_fault(&p, i, true);
	ns = bench_now_ns() - ns;
	plain_free(&p, pages);
	return ns;
}

double plain_bytes(const struct bench *b, u64 n)
{
	struct plain p;

	plain_init(&p, n);
	for (u64 i = 0; i < n; i++)
		plain_fault(&p, i, true);
	plain_free(&p, n);
	return (double)p.bytes;
}

double run_memset_page(const struct bench *b, u64 n)
{
	static char page[64][PAGE_SIZE];
	double ns = bench_now_ns();

	for (u64 i = 0; i < n; i++) {
		memset(page[i % 64], (int)i, PAGE_SIZE);
		__asm__ volatile("" ::: "memory");
	}
	return bench_now_ns() - ns;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/lru.h - per-CPU lru_add batches, the best known source of extra folio references.
 *
 * A folio that enters the page cache sits in the adding CPU's batch, with one reference, until the
 * batch is full (31) or drained.
 *
 * Invariants: a folio in a batch has PG_lru clear and one reference for the batch; a batch is
 * touched only by who runs on its CPU with preemption off, or by that CPU's worker.
 *
 * Upstream: mm/swap.c (mm/folio.c in 7.x): folio_add_lru, lru_add_drain, lru_add_drain_all
 * Fidelity: simplified: only the lru_add and the mlock batch; the LRU lists themselves are a flag
 */
#ifndef MODEL_MM_LRU_H
#define MODEL_MM_LRU_H

#include "model/mm/folio.h"
#include "sim/mutex.h"
#include "sim/wait.h"

/**
 * lru_create - batches for all CPUs, and one worker task per CPU for drains; NULL if @m has none.
 *
 * Context: set-up.
 */
struct lru_batches *lru_create(struct machine *m);

/**
 * folio_add_lru - put a new page-cache folio into this CPU's batch.
 */
void folio_add_lru(struct task *me, struct folio *folio);

/**
 * lru_add_drain - empty this CPU's batch.
 */
void lru_add_drain(struct task *me);

/**
 * mlock_folio / munlock_folio - put a folio that becomes, or stops being, locked into memory into
 * this CPU's batch of these.
 *
 * Upstream: mm/mlock.c:mlock_folio, munlock_folio
 * Fidelity: simplified: a batch entry with its reference; what it does to LRU lists is left out
 */
void mlock_folio(struct task *me, struct folio *folio);

static inline void munlock_folio(struct task *me, struct folio *folio)
{
	mlock_folio(me, folio);
}

/* s64 lru_add_drain_all(struct task *me) is in model/ops.h. */

/**
 * lru_cache_disable / lru_cache_enable - in between, folios pass through batches without a stop.
 *
 * Upstream: mm/swap.c:lru_cache_disable, include/linux/swap.h:lru_cache_enable
 * Fidelity: simplified: no grace period before the drain
 * Context: disabling may sleep: it drains all CPUs, whoever else just did.
 */
void lru_cache_disable(struct task *me);
void lru_cache_enable(struct task *me);

/**
 * lru_nr_batched - how many of the folio's references are those of batches?
 *
 * Context: any; for checks, slow.
 */
s32 lru_nr_batched(struct task *me, const struct folio *folio);

/**
 * folio_may_be_lru_cached - could a batch hold a reference to it?
 */
static inline bool folio_may_be_lru_cached(const struct folio *folio)
{
	return !folio_test_large(folio);
}

/**
 * folio_isolate_lru - take a folio off its LRU list, with a reference.
 *
 * Upstream: mm/vmscan.c:folio_isolate_lru
 * Fidelity: simplified: the list is a flag
 * Return: false if it is on none.
 */
bool folio_isolate_lru(struct task *me, struct folio *folio);

/**
 * folio_putback_lru - undo folio_isolate_lru(): by way of this CPU's batch.
 *
 * Upstream: mm/vmscan.c:folio_putback_lru
 * Fidelity: faithful
 */
void folio_putback_lru(struct task *me, struct folio *folio);

/* At rest: how many batch references does @folio have?  Calls @fn for each. */
void lru_for_each_batched(struct machine *m, void (*fn)(struct folio *folio, void *arg), void *arg);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/machine.c - an empty machine, and who acts in it.
 *
 * Invariant: a machine is made before any task of its simulation runs, and freed with it.
 */
#include "model/machine.h"

#include "model/locking/locking.h"
#include "model/mm/folio.h"
#include "model/mm/hugetlb.h"
#include "model/mm/lru.h"
#include "model/ops.h"

#define DEFAULT_MEMORY_PAGES (64ull << (30 - PAGE_SHIFT))

struct machine *machine_create(struct sim *sim, const struct machine_config *cfg)
{
	struct machine *m = sim_zalloc(sim, sizeof(*m));

	m->sim = sim;
	m->cfg = *cfg;
	if (!m->cfg.locking)
		m->cfg.locking = "file";
	if (!m->cfg.memory_pages)
		m->cfg.memory_pages = DEFAULT_MEMORY_PAGES;
	m->locking = cfg->locking_ops ? cfg->locking_ops : gmem_locking_by_name(m->cfg.locking);
	SIM_ASSERT(m->locking);
	m->bug = bug_by_slug(cfg->bug);
	SIM_ASSERT(m->bug < NR_BUGS);
	INIT_LIST_HEAD(&m->vms);
	INIT_LIST_HEAD(&m->mms);
	INIT_LIST_HEAD(&m->inodes);
	INIT_LIST_HEAD(&m->pins);
	INIT_LIST_HEAD(&m->poisoned);
	sim->model = m;
	bit_wait_table_init(sim, &m->folio_wait, "folio_lock");
	m->folio_wait.sleepers = cfg->kernel == KERNEL_HUGETLB_WIP || m->bug == BUG_FRESH_SPLIT;
	m->folios = folio_map_create(sim, m->cfg.memory_pages);
	m->hugetlb = hugetlb_create(m);
	m->lru = m->cfg.lru_batches ? lru_create(m) : NULL;
	return m;
}

u32 machine_new_id(struct machine *m)
{
	return __atomic_add_fetch(&m->next_id, 1, __ATOMIC_RELAXED);
}

void task_bind(struct task *t, struct mm_struct *mm, struct vcpu *vcpu)
{
	struct actor *actor = sim_zalloc(t->sim, sizeof(*actor));

	SIM_ASSERT(!t->model);
	actor->mm = mm;
	actor->vcpu = vcpu;
	t->model = actor;
}

void task_bind_mm(struct task *t, struct mm_struct *mm)
{
	task_bind(t, mm, NULL);
}

struct mm_struct *task_mm(const struct task *t)
{
	const struct actor *actor = t->model;

	return actor ? actor->mm : NULL;
}

struct vcpu *task_vcpu(const struct task *t)
{
	const struct actor *actor = t->model;

	return actor ? actor->vcpu : NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/check.c - when the invariants are looked at, and how often.
 *
 * Invariants: a pass changes nothing and takes no time; how often passes are made after operations
 * depends on what the model contains and on nothing else, so checked runs replay.
 */
#include "model/check/check.h"

#include "model/mm/ledger.h"
#include "model/mm/mmap.h"

/*
 * A pass is paid for by the operations since the last one, so that checking costs a constant share
 * of any run: a machine with up to CHECK_PER_OP objects is looked at after every operation, one
 * with a million mapped pages after every few thousand.  An access pays less: it is one step of
 * what other operations are loops of.
 */
#define CHECK_PER_OP	 256u
#define CHECK_PER_ACCESS 16u
#define CHECK_BASE	 16u /* what a pass costs that finds nothing to look at */

bool check_in_window(const struct vm *vm, gfn_t gfn, u64 nr)
{
	return vm->mmu_invalidate_in_progress > 0 && gfn + nr > vm->mmu_invalidate_range_start &&
	       gfn < vm->mmu_invalidate_range_end;
}

struct gmem_inode *check_gmem_of(const struct machine *m, const struct address_space *mapping)
{
	struct gmem_inode *inode;

	list_for_each_entry(inode, &m->inodes, node) {
		if (&inode->mapping == mapping)
			return inode;
	}
	return NULL;
}

bool check_folio_free(const struct check_pass *c, const struct folio *folio)
{
	const struct folio_map *map = c->m->folios;

	if (folio_test(folio, PG_free))
		return true;
	return load_acquire(folio->refcount) <= 0 && !pfn_frozen(map, folio_pfn(map, folio));
}

static void check_pass(struct check_pass *c)
{
	struct gmem_inode *inode;
	struct mm_struct *mm;
	struct vm *vm;

	list_for_each_entry(inode, &c->m->inodes, node) {
		check_inode(c, inode);
		check_file_pages(c, inode);
	}
	list_for_each_entry(vm, &c->m->vms, machine_node) {
		check_invalidation(c, vm);
		check_slots(c, vm);
		check_leaves(c, vm);
		check_tlbs(c, vm);
		check_td(c, vm);
	}
	list_for_each_entry(mm, &c->m->mms, machine_node)
		check_host_mappings(c, mm);
	check_pins(c);
	check_tdx(c);
}

static void check_some(struct task *me, u64 credit)
{
	struct machine *m = machine_of(me);
	struct check_pass c = { .m = m, .me = me };

	if (!me->sim->is_virtual)
		return;
	m->check_credit += credit;
	if (m->check_credit < m->check_cost)
		return;
	check_pass(&c);
	m->check_cost = CHECK_BASE + c.nr_visited;
	m->check_credit = 0;
}

void machine_check_op(struct task *me)
{
	check_some(me, CHECK_PER_OP);
}

void machine_check_access(struct task *me)
{
	check_some(me, CHECK_PER_ACCESS);
}

void machine_check_at_rest(struct machine *m)
{
	struct check_pass c = { .m = m, .at_rest = !m->sim->stopped };
	struct gmem_inode *inode;
	struct vm *vm;

	check_pass(&c);
	/* A run that was cut short left operations half done: their references are not lost. */
	if (!c.at_rest)
		return;
	mm_check_at_rest(m);
	list_for_each_entry(inode, &m->inodes, node)
		filemap_check(&inode->mapping);
	list_for_each_entry(vm, &m->vms, machine_node)
		vm_check_at_rest(vm);
}

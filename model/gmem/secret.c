// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/secret.c - files whose pages are not in the kernel's direct map.
 *
 * A page leaves the direct map before anybody can find it, and is back there before it is given to
 * the allocator, whichever way it goes (D1 of model/mm/direct_map.h).
 *
 * Upstream: mm/secretmem.c; "guest_memfd: no direct map" of the list (not merged)
 * Fidelity: simplified: one file that is both: mapped like secretmem, bound like guest_memfd; the
 * order of secretmem's fault, as the list's variants still change
 */
#include "model/gmem/inode.h"

#include "model/mm/direct_map.h"

/*
 * Upstream: mm/secretmem.c:secretmem_free_folio
 * Fidelity: simplified: the page is not cleared, its next owner does that
 */
static void secret_free_folio(struct task *me, struct folio *folio)
{
	set_direct_map_default(me, folio);
}

/*
 * Somebody else was faster: the page goes, and is to be whole by then.
 *
 * Upstream: mm/secretmem.c:secretmem_fault (after filemap_add_folio() failed)
 * Fidelity: faithful
 */
static void secret_discard(struct task *me, struct folio *folio)
{
	if (!bug(me, BUG_SECRETMEM_ORDER)) {
		set_direct_map_default(me, folio);
		folio_put(me, folio);
		return;
	}
	folio_put(me, folio);
	cost(me, COST_interrupt);
	set_direct_map_default(me, folio);
}

/*
 * Upstream: mm/secretmem.c:secretmem_fault
 * Fidelity: faithful from the lookup to the insertion
 */
struct folio *secret_get_folio(struct task *me, struct gmem_inode *inode, pgoff_t index)
{
	struct address_space *mapping = &inode->mapping;
	struct folio *folio;
	int err;

	SIM_FRAME(me);
	for (;;) {
		folio = filemap_lock_folio(me, mapping, index);
		if (!IS_ERR(folio))
			return folio;
		folio = folio_alloc(me);
		if (!folio)
			return ERR_PTR(-ENOMEM);
		clear_highpage(me, folio, mapping->owner);
		folio_mark_uptodate(me, folio);
		err = set_direct_map_invalid(me, folio);
		if (err) {
			folio_put(me, folio);
			return ERR_PTR(err);
		}
		err = filemap_add_folio(me, mapping, folio, index);
		if (!err)
			return folio;
		secret_discard(me, folio);
		if (err != -EEXIST)
			return ERR_PTR(err);
	}
}

s64 gmem_create_secret(struct task *me, struct vm *vm, s64 size, u64 flags, struct gmem_file **out)
{
	s64 r = gmem_create(me, vm, size, flags, out);

	if (r < 0)
		return r;
	(*out)->inode->no_direct_map = true;
	(*out)->inode->mapping.free_folio = secret_free_folio;
	return r;
}

/*
 * KVM reads or writes a page that it has no mapping of: for the time of the access it is put back.
 * Whoever does that holds the folio lock from there to its removal, or the first of two who are
 * done takes the page away from the other.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_read_guest_page, with the list's "no direct map" changes
 * Fidelity: simplified: one page; the copy is a time and two looks at the direct map
 */
s64 secret_access(struct task *me, struct folio *folio, u32 owner, bool write, u8 *byte,
		  sim_ns hold_ns)
{
	bool locked = !bug(me, BUG_DIRECTMAP_OVERLAP);

	SIM_FRAME(me);
	if (locked)
		folio_lock(me, folio);
	set_direct_map_default(me, folio);
	direct_map_access(me, folio);
	sim_cost(me, hold_ns);
	/* Each of the copy's accesses can be the one that faults; the last is as good as any. */
	direct_map_access(me, folio);
	if (write)
		folio_write_byte(me, folio, owner, *byte);
	else
		*byte = folio_read_byte(me, folio, owner);
	set_direct_map_invalid(me, folio);
	if (locked)
		folio_unlock(me, folio);
	return 0;
}

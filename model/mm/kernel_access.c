// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/kernel_access.c - the kernel reads and writes user memory on behalf of a call.
 *
 * copy_to_user() and its like fault as user code does, and an exception table turns a fault that
 * cannot be resolved into -EFAULT.  All others take a reference to the page (GUP), touch it through
 * the direct map, and drop the reference: while they do, the page has one more than its mappings
 * explain.
 *
 * Invariant: no reference survives the call, whatever comes of it.
 *
 * Upstream: lib/iov_iter.c, mm/process_vm_access.c, mm/memory.c:__access_remote_vm
 * Fidelity: simplified: see the functions
 */
#include "model/check.h"
#include "model/mm/gup.h"
#include "model/ops.h"
#include "model/task_work.h"

/* Whose content a page of @mm is; a page that has left its file is read as it is. */
static u32 content_owner(const struct mm_struct *mm, const struct folio *folio)
{
	const struct address_space *mapping = load_acquire(folio->mapping);

	return mapping ? mapping->owner : mm->owner;
}

static void touch_folio(struct task *me, struct folio *folio, bool write, u8 *byte)
{
	u32 owner = content_owner(task_mm(me), folio);

	cost(me, COST_user_access);
	host_touches(me, folio_pfn(machine_of(me)->folios, folio), write);
	if (write)
		folio_write_byte(me, folio, owner, *byte);
	else
		*byte = folio_read_byte(me, folio, owner);
}

/*
 * Upstream: mm/process_vm_access.c:process_vm_rw_single_vec (pin_user_pages_remote()),
 *	     lib/iov_iter.c:iov_iter_extract_pages (pin_user_pages_fast()),
 *	     mm/memory.c:__access_remote_vm (get_user_page_vma_remote())
 * Fidelity: simplified: one page at a time
 */
static s64 access_by_gup(struct task *me, hva_t addr, bool write, enum access_via via, u8 *byte)
{
	u32 flags = (write ? FOLL_WRITE : 0) | (via == ACCESS_VIA_PROC_MEM ? FOLL_GET : FOLL_PIN);
	struct folio *folio;
	s64 ret;

	if (via == ACCESS_VIA_DIRECT)
		ret = get_user_pages_fast(me, task_mm(me), addr, 1, flags, &folio);
	else
		ret = get_user_pages_unlocked(me, task_mm(me), addr, 1, flags, &folio);
	if (ret != 1)
		return ret < 0 ? ret : -EFAULT;
	touch_folio(me, folio, write, byte);
	gup_put_folio(me, folio, flags);
	return 0;
}

/* One page as user code would, but what cannot be resolved is an errno instead of a signal. */
static s64 access_by_copy(struct task *me, hva_t addr, bool write, u8 *byte)
{
	struct access_info info = {0};
	s64 ret = host_access(me, addr, 1, write, *byte, &info);

	*byte = info.first_byte;
	return ret && ret != -EINTR ? -EFAULT : ret;
}

static s64 access_page(struct task *me, hva_t addr, bool write, enum access_via via, u8 *byte)
{
	if (via == ACCESS_VIA_COPY)
		return access_by_copy(me, addr, write, byte);
	return access_by_gup(me, addr, write, via, byte);
}

s64 kernel_access(struct task *me, hva_t addr, u64 len, bool write, enum access_via via, u8 byte,
		  struct access_info *info)
{
	hva_t page = ALIGN_DOWN(addr, PAGE_SIZE), end = addr + len;
	s64 ret = 0;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	info->pages_done = 0;
	if (end < addr || end > TASK_SIZE)
		return -EFAULT;
	for (; page < end; page += PAGE_SIZE) {
		u8 seen = byte;

		ret = access_page(me, page, write, via, &seen);
		if (ret)
			break;
		access_info_read(info, seen);
		info->pages_done++;
	}
	task_work_run(me);
	/* A call that got somewhere says how far; only the first page's error is an errno. */
	if (info->pages_done)
		ret = 0;
	else if (ret && ret != -EINTR && via == ACCESS_VIA_PROC_MEM)
		ret = -EIO;
	return check_result(me, OP_KERNEL_ACCESS, ret);
}

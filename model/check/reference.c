// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/reference.c - see reference.h.
 */
#include "model/check/reference.h"

#include "model/gmem/inode.h"
#include "model/kvm/vm.h"

void ref_init(struct ref_model *r, enum kernel_design kernel, enum vm_type type, u64 flags,
	      struct ref_page *page, u64 nr_pages)
{
	pgoff_t i;

	*r = (struct ref_model){
		.has_attributes = kernel != KERNEL_MAINLINE,
		.private_bit = type == VM_TDX,
		.init_shared = flags & GMEM_FLAG_INIT_SHARED,
		.nr_pages = nr_pages,
		.huge_pages = 1,
		.page = page,
	};
	for (i = 0; i < nr_pages; i++)
		page[i] = (struct ref_page){ .is_private = !r->init_shared };
}

/* Convert what lies in one huge page, or the whole range where pages are small. */
static s64 ref_convert(struct ref_model *r, pgoff_t start, pgoff_t end, bool to_private,
		       u64 *error_offset)
{
	pgoff_t i;

	for (i = start; to_private && i < end; i++) {
		if (r->page[i].pins) {
			*error_offset = i << PAGE_SHIFT;
			return -EAGAIN;
		}
	}
	for (i = start; i < end; i++)
		r->page[i].is_private = to_private;
	return 0;
}

s64 ref_set_attributes(struct ref_model *r, pgoff_t start, u64 nr, u64 attrs, u64 *error_offset)
{
	bool to_private = attrs & MEMORY_ATTRIBUTE_PRIVATE, change = false;
	u64 batch = r->huge_pages > 1 ? r->huge_pages : r->nr_pages;
	pgoff_t i, end;
	s64 ret = 0;

	if (!r->has_attributes)
		return -ENOTTY;
	for (i = start; i < start + nr; i++)
		change |= r->page[i].is_private != to_private;
	for (i = start; change && !ret && i < start + nr; i = end) {
		end = min((i / batch + 1) * batch, start + nr);
		ret = ref_convert(r, i, end, to_private, error_offset);
	}
	return ret;
}

s64 ref_punch(struct ref_model *r, pgoff_t start, u64 nr)
{
	pgoff_t i;

	/* Huge pages are merged before they go, which a pin prevents. */
	for (i = start; r->huge_pages > 1 && i < start + nr; i++) {
		if (r->page[i].pins)
			return -EAGAIN;
	}
	for (i = start; i < start + nr; i++) {
		struct ref_page *p = &r->page[i];

		*p = (struct ref_page){
			.is_private = p->is_private,
			.generation = p->generation + 1,
		};
	}
	return 0;
}

/* The huge page that @index is in has come into the file. */
static void ref_fill(struct ref_model *r, pgoff_t index)
{
	pgoff_t i = index / r->huge_pages * r->huge_pages, end = i + r->huge_pages;

	for (; i < end; i++)
		r->page[i].present = true;
}

s64 ref_allocate(struct ref_model *r, pgoff_t start, u64 nr)
{
	pgoff_t i;

	for (i = start; i < start + nr; i++)
		ref_fill(r, i);
	return 0;
}

static s64 ref_page_access(struct ref_model *r, pgoff_t index, bool write, u8 byte, u8 *first)
{
	struct ref_page *p = &r->page[index];

	ref_fill(r, index);
	if (write)
		p->byte = byte;
	else
		*first = p->byte;
	return ACCESS_OK;
}

s64 ref_touch(struct ref_model *r, pgoff_t index, bool is_private, bool write, u8 byte, u8 *first)
{
	struct ref_page *p = &r->page[index];

	if (r->private_bit && is_private != p->is_private)
		return ACCESS_EXIT_MEMORY_FAULT;
	return ref_page_access(r, index, write, byte, first);
}

/* Can user space have the page? */
static bool ref_is_mappable(const struct ref_model *r, const struct ref_page *p)
{
	return r->has_attributes ? !p->is_private : r->init_shared;
}

s64 ref_access(struct ref_model *r, pgoff_t index, bool write, u8 byte, u8 *first)
{
	struct ref_page *p = &r->page[index];

	if (!ref_is_mappable(r, p))
		return ACCESS_SIGBUS;
	return ref_page_access(r, index, write, byte, first);
}

s64 ref_pin(struct ref_model *r, pgoff_t index, u32 *generation)
{
	struct ref_page *p = &r->page[index];

	if (!ref_is_mappable(r, p))
		return -EFAULT;
	ref_fill(r, index);
	p->pins++;
	*generation = p->generation;
	return 1;
}

void ref_unpin(struct ref_model *r, pgoff_t index, u32 generation)
{
	struct ref_page *p = &r->page[index];

	if (p->generation == generation)
		p->pins--;
}

const char *ref_compare(const struct ref_model *r, struct gmem_file *f, pgoff_t *index)
{
	const struct folio_map *map = f->vm->machine->folios;
	struct gmem_inode *inode = f->inode;
	union content content;
	pgoff_t i;

	for (i = 0; i < r->nr_pages; i++) {
		const struct ref_page *p = &r->page[i];
		const struct folio *folio = __xa_load(&inode->mapping.i_pages, i);

		*index = i;
		if (gmem_index_is_private(inode, i) != p->is_private)
			return p->is_private ? "should be private" : "should be shared";
		if (!folio != !p->present)
			return p->present ? "should be present" : "should be a hole";
		if (!folio || !folio_test(folio, PG_uptodate))
			continue;
		content = page_content(map, folio_file_pfn(map, folio, i));
		if (content.state == CONTENT_STALE)
			return "contains what its last owner left there";
		if (content.byte != p->byte)
			return "has the wrong content";
	}
	return NULL;
}

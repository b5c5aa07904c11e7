// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/reference.c - see reference.h.
 */
#include "model/check/reference.h"

#include "model/gmem/inode.h"

void ref_init(struct ref_model *r, enum kernel_design kernel, enum vm_type type, u64 flags,
	      struct ref_page *page, u64 nr_pages)
{
	pgoff_t i;

	*r = (struct ref_model){
		.has_attributes = kernel != KERNEL_MAINLINE,
		.private_bit = type == VM_TDX,
		.init_shared = flags & GMEM_FLAG_INIT_SHARED,
		.nr_pages = nr_pages,
		.page = page,
	};
	for (i = 0; i < nr_pages; i++)
		page[i] = (struct ref_page){ .is_private = !r->init_shared };
}

s64 ref_set_attributes(struct ref_model *r, pgoff_t start, u64 nr, u64 attrs, u64 *error_offset)
{
	bool to_private = attrs & MEMORY_ATTRIBUTE_PRIVATE, change = false;
	pgoff_t i;

	if (!r->has_attributes)
		return -ENOTTY;
	for (i = start; i < start + nr; i++)
		change |= r->page[i].is_private != to_private;
	for (i = start; change && to_private && i < start + nr; i++) {
		if (r->page[i].pins) {
			*error_offset = i << PAGE_SHIFT;
			return -EAGAIN;
		}
	}
	for (i = start; i < start + nr; i++)
		r->page[i].is_private = to_private;
	return 0;
}

s64 ref_punch(struct ref_model *r, pgoff_t start, u64 nr)
{
	pgoff_t i;

	for (i = start; i < start + nr; i++) {
		struct ref_page *p = &r->page[i];

		*p = (struct ref_page){
			.is_private = p->is_private,
			.generation = p->generation + 1,
		};
	}
	return 0;
}

s64 ref_allocate(struct ref_model *r, pgoff_t start, u64 nr)
{
	pgoff_t i;

	for (i = start; i < start + nr; i++)
		r->page[i].present = true;
	return 0;
}

static s64 ref_page_access(struct ref_page *p, bool write, u8 byte, u8 *first)
{
	p->present = true;
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
	return ref_page_access(p, write, byte, first);
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
	return ref_page_access(p, write, byte, first);
}

s64 ref_pin(struct ref_model *r, pgoff_t index, u32 *generation)
{
	struct ref_page *p = &r->page[index];

	if (!ref_is_mappable(r, p))
		return -EFAULT;
	p->present = true;
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
	struct gmem_inode *inode = f->inode;
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
		if (folio->content.state == CONTENT_STALE)
			return "contains what its last owner left there";
		if (folio->content.byte != p->byte)
			return "has the wrong content";
	}
	return NULL;
}

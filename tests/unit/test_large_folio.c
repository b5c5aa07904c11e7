// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_large_folio.c - folios of any order: the lazy memory map, content page by page, the page
 * cache, page tables of 4K PTEs, pins and truncation.
 */
#include "mm_fixture.h"

#include "model/mm/huge_memory.h"

static void fail_site(struct task *me, const char *site, u32 nth)
{
	me->fail_site = site;
	me->fail_nth = nth;
}

static void alloc_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio_map *map = x->m->folios;
	struct folio *f[MAX_FOLIO_ORDER + 1];

	mx_wait(me, x);
	for (u32 o = 1; o <= MAX_FOLIO_ORDER; o++) {
		f[o] = folio_alloc_order(me, o);
		MX_CHECK(x, f[o] && folio_order(f[o]) == o && folio_nr_pages(f[o]) == 1u << o);
		MX_CHECK(x, folio_test_large(f[o]) && !(folio_pfn(map, f[o]) & ((1u << o) - 1)));
	}
	for (u32 o = 1; o <= MAX_FOLIO_ORDER; o++) {
		pfn_t pfn = folio_pfn(map, f[o]), last = pfn + (1u << o) - 1;

		MX_CHECK(x, pfn_folio(map, pfn) == f[o] && pfn_folio(map, last) == f[o]);
		/* Tail pages have no struct before somebody needs it. */
		MX_CHECK(x, (pfn_page(map, last) != NULL) == (o <= FOLIO_CHUNK_SHIFT));
		MX_CHECK(x, folio_pfn(map, pfn_to_page(me, last)) == last);
		MX_CHECK(x, page_is_tail(pfn_page(map, last)) && pfn_folio(map, last) == f[o]);
		folio_put(me, f[o]);
		MX_CHECK(x, folio_test(f[o], PG_free));
		MX_CHECK(x, folio_alloc_order(me, o) == f[o]);
		folio_put(me, f[o]);
	}
	MX_CHECK(x, folio_map_nr_in_use(map) == 0);
}

static void test_alloc(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "alloc", x.mm, -1, alloc_main);
	mx_finish(&x);
}

static void used_up_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f[4], *one;

	mx_wait(me, x);
	for (u32 i = 0; i < 3; i++)
		f[i] = folio_alloc_order(me, 9);
	MX_CHECK(x, f[0] && f[1] && f[2] && !folio_alloc_order(me, 9));
	one = folio_alloc(me);
	MX_CHECK(x, one != NULL);
	folio_put(me, f[1]);
	f[1] = folio_alloc_order(me, 9);
	MX_CHECK(x, f[1] != NULL);
	for (u32 i = 0; i < 3; i++)
		folio_put(me, f[i]);
	folio_put(me, one);
	fail_site(me, "folio_alloc", 1);
	MX_CHECK(x, !folio_alloc_order(me, 9));
	MX_CHECK(x, folio_map_nr_in_use(x->m->folios) == 0);
}

static void test_used_up(void **state)
{
	struct mx x;

	mx_init(&x);
	x.mcfg.memory_pages = 3 * 512 + 1;
	mx_start(&x);
	mx_task(&x, "alloc", x.mm, -1, used_up_main);
	mx_finish(&x);
}

/* Each page has a content of its own, although few have a struct. */
static void content_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio_map *map = x->m->folios;
	struct folio *f;
	pfn_t pfn;

	mx_wait(me, x);
	f = folio_alloc_order(me, 18);
	pfn = folio_pfn(map, f);
	folio_zero_user(me, f, 1);
	folio_write_byte(me, pfn_to_page(me, pfn + 1000), 1, 0x5a);
	MX_CHECK(x, page_read_byte(me, pfn + 1000, 1) == 0x5a);
	MX_CHECK(x, page_read_byte(me, pfn + 1001, 1) == 0);
	MX_CHECK(x, page_read_byte(me, pfn + 200000, 1) == 0);
	MX_CHECK(x, page_read_byte(me, pfn, 1) == 0);
	MX_CHECK(x, !pfn_page(map, pfn + 200000));
	folio_put(me, f);
	MX_CHECK(x, folio_alloc_order(me, 18) == f);
	MX_CHECK(x, page_content(map, pfn + 1000).state == CONTENT_STALE);
	MX_CHECK(x, page_content(map, pfn).state == CONTENT_STALE);
	folio_put(me, f);
}

static void test_content(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "content", x.mm, -1, content_main);
	mx_finish(&x);
}

/* Clearing "the folio" with clear_highpage() clears its first page: the others stay stale. */
static void first_page_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f;
	pfn_t pfn;

	mx_wait(me, x);
	f = folio_alloc_order(me, 9);
	pfn = folio_pfn(x->m->folios, f);
	clear_highpage(me, f, 1);
	MX_CHECK(x, page_read_byte(me, pfn, 1) == 0);
	MX_CHECK(x, mx_findings(x, NULL) == 0);
	page_read_byte(me, pfn + 1, 1);
	MX_CHECK(x, mx_findings(x, "content") == 1);
	page_read_byte(me, pfn + 300, 1);
	MX_CHECK(x, mx_findings(x, "content") == 2);
	folio_write_byte(me, folio_page(me, f, 300), 1, 7);
	folio_zero_user(me, f, 1);
	MX_CHECK(x, mx_findings(x, "content") == 3); /* zeroed after it was written */
	folio_put(me, f);
}

static void test_first_page(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "reader", x.mm, -1, first_page_main);
	mx_run(&x);
	assert_int_equal(mx_findings(&x, "content"), 3);
	sim_destroy(x.sim);
}

/* --- in the page cache --- */

static struct folio *add_large(struct task *me, struct mx *x, pgoff_t index, u32 order)
{
	struct folio *f = folio_alloc_order(me, order);

	MX_CHECK(x, f && !filemap_add_folio(me, &x->mapping, f, index));
	folio_zero_user(me, f, x->mapping.owner);
	folio_mark_uptodate(me, f);
	folio_unlock(me, f);
	return f;
}

static void cache_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio_batch fbatch;
	struct folio *f, *g;
	pgoff_t start = 500;

	mx_wait(me, x);
	f = add_large(me, x, 512, 9);
	MX_CHECK(x, folio_ref_count(me, f) == 513 && x->mapping.nrpages == 512);
	MX_CHECK(x, folio_test(f, PG_lru)); /* no batch holds it */
	g = filemap_get_folio(me, &x->mapping, 700);
	MX_CHECK(x, g == f && folio_contains(f, 700) && !folio_contains(f, 511));
	MX_CHECK(x, folio_file_pfn(x->m->folios, f, 700) == folio_pfn(x->m->folios, f) + 188);
	folio_put(me, g);
	MX_CHECK(x, PTR_ERR(filemap_get_folio(me, &x->mapping, 511)) == -ENOENT);
	MX_CHECK(x, PTR_ERR(filemap_get_folio(me, &x->mapping, 1024)) == -ENOENT);
	g = folio_alloc_order(me, 2);
	MX_CHECK(x, filemap_add_folio(me, &x->mapping, g, 1020) == -EEXIST);
	MX_CHECK(x, folio_ref_count(me, g) == 1 && !folio_test_locked(g));
	fail_site(me, "xa_node", 1);
	MX_CHECK(x, filemap_add_folio(me, &x->mapping, g, 1024) == -ENOMEM);
	MX_CHECK(x, !filemap_add_folio(me, &x->mapping, g, 1024));
	folio_unlock(me, g);
	MX_CHECK(x, filemap_get_folios(me, &x->mapping, &start, 2000, &fbatch) == 2);
	MX_CHECK(x, fbatch.folios[0] == f && fbatch.folios[1] == g && start == 2001);
	folio_batch_release(me, &fbatch);
	start = 600; /* from the middle of f */
	MX_CHECK(x, find_get_entries(me, &x->mapping, &start, 1030, &fbatch) == 2 && start == 1028);
	folio_batch_release(me, &fbatch);
	start = 600; /* f is not in the range whole */
	MX_CHECK(x, find_lock_entries(me, &x->mapping, &start, 1030, &fbatch) == 1);
	folio_unlock(me, g);
	folio_batch_release(me, &fbatch);
	folio_put(me, g);
	folio_lock(me, f);
	filemap_remove_folio(me, f);
	MX_CHECK(x, x->mapping.nrpages == 4 && folio_ref_count(me, f) == 1);
	folio_unlock(me, f);
	folio_put(me, f);
	truncate_inode_pages_final(me, &x->mapping);
	MX_CHECK(x, folio_map_nr_in_use(x->m->folios) == 0);
}

static void test_cache(void **state)
{
	for (u64 seed = 1; seed < 4; seed++) {
		struct mx x;

		mx_init(&x);
		x.cfg.seed = seed;
		x.mcfg.lru_batches = true;
		mx_start(&x);
		mx_task(&x, "cache", x.mm, -1, cache_main);
		mx_finish(&x);
	}
}

/* --- in page tables --- */

static void mapped_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct access_info info;
	struct pin *pin, *pin2;
	struct folio *f;

	mx_wait(me, x);
	f = add_large(me, x, 16, 4);
	folio_put(me, f);
	MX_CHECK(x, host_access(me, x->hva + PG(16), PG(16), true, 9, NULL) == ACCESS_OK);
	MX_CHECK(x, folio_mapcount(f) == 16 && folio_ref_count(me, f) == 32);
	MX_CHECK(x, host_access(me, x->hva + PG(20), PG(1), true, 11, NULL) == ACCESS_OK);
	MX_CHECK(x, host_access(me, x->hva + PG(19), PG(1), false, 0, &info) == ACCESS_OK);
	MX_CHECK(x, info.first_byte == 9);
	MX_CHECK(x, pin_user_pages(me, x->hva + PG(17), PG(3), true, false, &pin) == 3);
	MX_CHECK(x, folio_large(f)->pincount == 3 && folio_ref_count(me, f) == 35);
	MX_CHECK(x, pin_user_pages(me, x->hva + PG(17), PG(2), false, true, &pin2) == 2);
	MX_CHECK(x, folio_large(f)->pincount == 3 && folio_ref_count(me, f) == 37);
	unpin_user_pages(me, pin2);
	unmap_mapping_pages(me, &x->mapping, 16, 4);
	MX_CHECK(x, folio_mapcount(f) == 12 && folio_ref_count(me, f) == 31);
	MX_CHECK(x, mm_check_at_rest(x->m) == 0);
	folio_lock(me, f);
	unmap_mapping_folio(me, f);
	folio_unlock(me, f);
	MX_CHECK(x, folio_mapcount(f) == 0 && folio_ref_count(me, f) == 19);
	unpin_user_pages(me, pin);
	MX_CHECK(x, folio_large(f)->pincount == 0 && folio_ref_count(me, f) == 16);
	MX_CHECK(x, host_access(me, x->hva + PG(31), PG(1), false, 0, &info) == ACCESS_OK);
	MX_CHECK(x, info.first_byte == 9);
	truncate_inode_pages_range(me, &x->mapping, PG(16), PG(32) - 1);
	MX_CHECK(x, folio_test(f, PG_free) && x->mapping.nrpages == 0);
}

static void test_mapped(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "mapper", x.mm, -1, mapped_main);
	mx_finish(&x);
}

/* --- core mm's split --- */

static void split_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f, *other;
	struct pin *pin;

	mx_wait(me, x);
	f = add_large(me, x, 16, 4);
	MX_CHECK(x, host_access(me, x->hva + PG(16), PG(16), true, 9, NULL) == ACCESS_OK);
	folio_write_byte(me, folio_page(me, f, 5), x->mapping.owner, 55);
	folio_lock(me, f);
	MX_CHECK(x, split_huge_page_to_order(me, f, 4) == -EINVAL);
	fail_site(me, "xa_node", 1);
	MX_CHECK(x, split_folio(me, f) == 0 && me->fail_site); /* within one node: none needed */
	me->fail_site = NULL;
	folio_unlock(me, f);
	MX_CHECK(x, !folio_test_large(f) && folio_ref_count(me, f) == 2 && !folio_mapped(f));
	folio_put(me, f);
	for (pgoff_t i = 16; i < 32; i++) {
		struct folio *p = __xa_load(&x->mapping.i_pages, i);

		MX_CHECK(x, p && p->index == i && p->refcount == 1 && !folio_test_large(p));
		MX_CHECK(x, folio_test(p, PG_uptodate) && !folio_test_locked(p));
	}
	MX_CHECK(x, !xa_check(&x->mapping.i_pages) && mm_check_at_rest(x->m) == 0);
	truncate_inode_pages_final(me, &x->mapping);

	/* Somebody else's reference, and a pin: not now. */
	f = add_large(me, x, 512, 9);
	folio_lock(me, f);
	fail_site(me, "xa_node", 5);
	MX_CHECK(x, split_folio(me, f) == -ENOMEM);
	folio_get(me, f);
	MX_CHECK(x, split_folio(me, f) == -EAGAIN);
	folio_put(me, f);
	MX_CHECK(x, folio_order(f) == 9 && folio_ref_count(me, f) == 513);
	/* Down to larger pieces first. */
	MX_CHECK(x, !split_huge_page_to_order(me, f, 4));
	MX_CHECK(x, folio_order(f) == 4 && folio_ref_count(me, f) == 17);
	other = filemap_get_folio(me, &x->mapping, 600);
	MX_CHECK(x, other != f && folio_order(other) == 4 && other->index == 592);
	MX_CHECK(x, folio_ref_count(me, other) == 17 && !xa_check(&x->mapping.i_pages));
	folio_put(me, other);
	MX_CHECK(x, !split_folio(me, f) && folio_ref_count(me, f) == 2);
	folio_unlock(me, f);
	folio_put(me, f);
	MX_CHECK(x, x->mapping.nrpages == 512 && mm_check_at_rest(x->m) == 0);
	truncate_inode_pages_final(me, &x->mapping);

	f = add_large(me, x, 32, 4);
	MX_CHECK(x, pin_user_pages(me, x->hva + PG(40), PG(1), true, false, &pin) == 1);
	folio_lock(me, f);
	MX_CHECK(x, split_folio(me, f) == -EAGAIN && folio_mapped(f)); /* told at once */
	filemap_remove_folio(me, f);
	MX_CHECK(x, split_folio(me, f) == -EBUSY);
	folio_unlock(me, f);
	unmap_mapping_pages(me, &x->mapping, 0, 64);
	unpin_user_pages(me, pin);
	folio_put(me, f);
	MX_CHECK(x, folio_map_nr_in_use(x->m->folios) == 0);
}

static void test_split(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "splitter", x.mm, -1, split_main);
	mx_run(&x);
	assert_int_equal(mx_findings(&x, "freed-mapped"), 1); /* it left the file while mapped */
	assert_int_equal(x.sim->nr_findings, 1);
	sim_destroy(x.sim);
}

/* Ranges that begin and end inside a folio. */
static void partial_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f;

	mx_wait(me, x);
	folio_put(me, add_large(me, x, 16, 4));
	truncate_inode_pages_range(me, &x->mapping, PG(20), PG(24) - 1);
	MX_CHECK(x, x->mapping.nrpages == 12);
	MX_CHECK(x, !filemap_range_has_page(me, &x->mapping, 20, 23));
	truncate_inode_pages_final(me, &x->mapping);
	folio_put(me, add_large(me, x, 16, 4));
	folio_put(me, add_large(me, x, 32, 4));
	truncate_inode_pages_range(me, &x->mapping, PG(20), PG(36) - 1);
	MX_CHECK(x, x->mapping.nrpages == 16);
	MX_CHECK(x, !filemap_range_has_page(me, &x->mapping, 20, 35));
	truncate_inode_pages_final(me, &x->mapping);
	/* What cannot be split goes whole, outside the range, too. */
	f = add_large(me, x, 16, 4);
	truncate_inode_pages_range(me, &x->mapping, PG(20), PG(24) - 1);
	MX_CHECK(x, x->mapping.nrpages == 0 && folio_order(f) == 4);
	folio_put(me, f);
	MX_CHECK(x, folio_map_nr_in_use(x->m->folios) == 0);
}

static void test_partial(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "puncher", x.mm, -1, partial_main);
	mx_finish(&x);
}

/* Lookups see the old folio or the new ones, and never a wrong page. */
static void splitter_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	for (u32 i = 0; i < 4; i++) {
		struct folio *f = add_large(me, x, 16, 4);

		__atomic_store_n(&x->count[1], 1, __ATOMIC_RELEASE);
		folio_lock(me, f);
		while (split_folio(me, f) == -EAGAIN) {
			/* Who waits for the lock has a reference. */
			folio_unlock(me, f);
			sim_sleep(me, 1000);
			folio_lock(me, f);
		}
		folio_unlock(me, f);
		folio_put(me, f);
		truncate_inode_pages_final(me, &x->mapping);
	}
	x->count[1] = 2;
}

static void looker_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	for (u32 i = 0; x->count[1] < 2; i++) {
		pgoff_t index = 16 + i % 16;
		struct folio *f = filemap_lock_folio(me, &x->mapping, index);

		if (IS_ERR(f)) {
			sim_sleep(me, 500);
			continue;
		}
		MX_CHECK(x, folio_contains(f, index));
		folio_unlock(me, f);
		folio_put(me, f);
		sim_sleep(me, 300); /* nothing costs time here */
	}
}

static void test_split_race(void **state)
{
	for (u64 seed = 1; seed <= 40; seed++) {
		struct mx x;

		mx_init(&x);
		x.cfg.seed = seed;
		x.cfg.sched = seed % 4 ? SCHED_RANDOM : SCHED_FIFO;
		mx_start(&x);
		mx_task(&x, "splitter", x.mm, -1, splitter_main);
		mx_task(&x, "looker", x.mm, -1, looker_main);
		mx_finish(&x);
	}
}

/* --- a driver's own mapping --- */

static vm_fault_t driver_fault(struct task *me, struct vm_fault *vmf)
{
	struct mx *x = vmf->vma->vm_private_data;
	const struct folio *f = x->priv;

	x->count[2]++;
	return vmf_insert_pfn(me, vmf->vma, vmf->address,
			      folio_pfn(x->m->folios, f) + (pfn_t)vmf->pgoff);
}

static const struct vm_operations driver_vm_ops = {.name = "driver", .fault = driver_fault};

static int driver_mmap(struct task *me, struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &driver_vm_ops;
	vma->vm_flags |= VM_PFNMAP | VM_DONTCOPY;
	vma->vm_private_data = file->f_mapping->host;
	return 0;
}

static void driver_release(struct task *me, struct file *file)
{
}

static const struct file_operations driver_fops = {.mmap = driver_mmap, .release = driver_release};

/* The PTE outlives the split of the folio, and nobody but the driver takes it out. */
static void pfnmap_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct address_space *drv = sim_zalloc(me->sim, sizeof(*drv));
	struct file *file = sim_zalloc(me->sim, sizeof(*file));
	struct access_info info;
	struct pin *pin;
	struct folio *f;
	hva_t hva;

	mx_wait(me, x);
	address_space_init(x->m, drv, x, 0);
	file_init(x->m, file, &driver_fops, drv);
	f = add_large(me, x, 16, 4);
	x->priv = f;
	folio_write_byte(me, folio_page(me, f, 3), x->mapping.owner, 33);
	MX_CHECK(x, !vm_mmap(me, file, 0, 0, PG(16), true, &hva));
	MX_CHECK(x, host_access(me, hva, PG(16), false, 0, NULL) == ACCESS_OK);
	MX_CHECK(x, x->count[2] == 16 && !folio_mapped(f) && folio_ref_count(me, f) == 17);
	MX_CHECK(x, pin_user_pages(me, hva, PG(1), false, false, &pin) == -EFAULT);
	MX_CHECK(x, mm_check_at_rest(x->m) == 1); /* the lookup's own reference */
	folio_lock(me, f);
	MX_CHECK(x, !split_folio(me, f));
	folio_unlock(me, f);
	folio_put(me, f);
	MX_CHECK(x, host_access(me, hva + PG(3), 1, false, 0, &info) == ACCESS_OK);
	MX_CHECK(x, info.first_byte == 33 && x->count[2] == 16);
	unmap_mapping_pages(me, &x->mapping, 0, 64);
	MX_CHECK(x, host_access(me, hva + PG(4), 1, false, 0, NULL) == ACCESS_OK);
	MX_CHECK(x, x->count[2] == 16 && mm_check_at_rest(x->m) == 0);
	/* Truncation does not see it; who forgets it has a mapping of a free page. */
	truncate_inode_pages_final(me, &x->mapping);
	MX_CHECK(x, mx_findings(x, NULL) == 1);
	MX_CHECK(x, mm_check_at_rest(x->m) == 16 && mx_findings(x, "freed-mapped") == 16);
	unmap_mapping_pages(me, drv, 0, 16);
	MX_CHECK(x, mm_check_at_rest(x->m) == 0);
	MX_CHECK(x, !vm_munmap(me, x->mm, hva, PG(16)));
}

static void test_pfnmap(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "driver", x.mm, -1, pfnmap_main);
	mx_run(&x);
	sim_destroy(x.sim);
}

/* --- planted mistakes --- */

static void mistakes_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f;

	mx_wait(me, x);
	f = folio_alloc_order(me, 9);
	folio_spte_inc(me, folio_page(me, f, 400));
	folio_put(me, f);
	MX_CHECK(x, mx_findings(x, "freed-mapped") == 1);
	folio_spte_dec(me, pfn_to_page(me, folio_pfn(x->m->folios, f) + 400));
	folio_put(me, f); /* once too often */
	MX_CHECK(x, mx_findings(x, "lifetime") == 1);
	f = folio_alloc_order(me, 9);
	folio_add_rmap(me, f);
	folio_large(f)->pincount = 2;
	folio_put(me, f);
	MX_CHECK(x, mx_findings(x, "freed-mapped") == 2 && mx_findings(x, "refcount") == 1);
	f = add_large(me, x, 512, 9); /* a reference nobody owns */
	MX_CHECK(x, mm_check_at_rest(x->m) == 1 && mx_findings(x, "refcount") == 2);
	folio_large(f)->mapcount = 1;
	folio_put(me, f);
	MX_CHECK(x, mm_check_at_rest(x->m) == 1 && mx_findings(x, "refcount") == 3);
	folio_large(f)->mapcount = 0;
	MX_CHECK(x, mm_check_at_rest(x->m) == 0);
}

static void test_mistakes(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "mistakes", x.mm, -1, mistakes_main);
	mx_run(&x);
	sim_destroy(x.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_used_up),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_first_page),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_partial),
		cmocka_unit_test(test_pfnmap),
		cmocka_unit_test(test_split_race),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

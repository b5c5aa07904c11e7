// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdx_pamt.c - dynamic PAMT: counts per 2M region, caches of pages, control pages.
 *
 * One count per region, found by frame; the arrays come into being 1 GiB at a time.
 *
 * Invariants: D1-D3 of tdx_pamt.h.  pamt_lock is the innermost lock of KVM's; the pages of a pair
 * are taken from a cache before it and given back after it.
 *
 * Upstream: arch/x86/virt/vmx/tdx/tdx.c (dynamic PAMT v6), arch/x86/kvm/vmx/tdx.c (TDX huge pages
 *           v3, 19 to 22/24)
 * Fidelity: faithful; where not, the function says so
 */
#include "model/kvm/tdx_host.h"
#include "model/kvm/tdx_pamt.h"

#include "model/fails.h"
#include "model/mm/folio.h"

#define PFN_2M_SHIFT  9
#define PFN_1G_SHIFT  18
#define REGIONS	      512u /* in 1 GiB */
#define REGION_OBJ    BIT(29)

/* A control page that RCU has to do with before it goes. */
struct softirq_page {
	/* protected by host->guard */
	struct list_head node;
	/* constant */
	pfn_t pfn;
	u32 cpu; /* whose softirq frees it */
};

struct pamt_refs {
	/* constant */
	u32 nr;
	/* atomic; each made when first looked at; their words: atomic */
	u32 *block[];
};

void tdx_pamt_init(struct tdx_host *host)
{
	struct sim *sim = host->machine->sim;
	u32 nr = (folio_map_end(host->machine->folios) >> PFN_1G_SHIFT) + 1;

	spin_lock_init(sim, &host->pamt_lock, "pamt_lock");
	for (u32 i = 0; i < PAMT_REGION_LOCKS; i++)
		spin_lock_init(sim, &host->pamt_region_lock[i], "pamt_lock");
	INIT_LIST_HEAD(&host->softirq);
	host->pamt_refs = sim_zalloc(sim, sizeof(*host->pamt_refs) + nr * sizeof(u32 *));
	host->pamt_refs->nr = nr;
}

bool tdx_supports_dynamic_pamt(const struct tdx_host *host)
{
	return host->machine->cfg.tdx.dynamic_pamt;
}

/* Upstream: tdx_find_pamt_refcount.  Fidelity: faithful (there it is one sparse array) */
static u32 *pamt_refcount(struct tdx_host *host, pfn_t pfn)
{
	u32 **block = &host->pamt_refs->block[pfn >> PFN_1G_SHIFT];
	u32 *refs = load_acquire(*block), *none = NULL;
	struct sim *sim = host->machine->sim;

	SIM_ASSERT(pfn >> PFN_1G_SHIFT < host->pamt_refs->nr);
	if (unlikely(!refs)) {
		refs = sim_zalloc(sim, REGIONS * sizeof(*refs));
		if (!__atomic_compare_exchange_n(block, &none, refs, false, __ATOMIC_ACQ_REL,
						 __ATOMIC_ACQUIRE)) {
			sim_free(sim, refs, REGIONS * sizeof(*refs));
			refs = none;
		}
	}
	return &refs[pfn >> PFN_2M_SHIFT & (REGIONS - 1)];
}

u32 tdx_pamt_refcount(const struct tdx_host *host, pfn_t pfn)
{
	const struct pamt_refs *all = host->pamt_refs;
	const u32 *refs = pfn >> PFN_1G_SHIFT < all->nr ?
				  load_acquire(all->block[pfn >> PFN_1G_SHIFT]) :
				  NULL;

	return refs ? load_acquire(refs[pfn >> PFN_2M_SHIFT & (REGIONS - 1)]) : 0;
}

static u32 region_obj(pfn_t pfn)
{
	return REGION_OBJ | pfn >> PFN_2M_SHIFT;
}

/* atomic_inc_not_zero(), atomic_add_unless(-1, 1): @by, unless the count is @unless. */
static bool add_unless(struct task *me, u32 *ref, pfn_t pfn, s32 by, u32 unless)
{
	u32 old;

	sim_point(me, region_obj(pfn), SIM_WRITE);
	old = load_acquire(*ref);
	do {
		if (old == unless)
			return false;
	} while (!step_try_cmpxchg(me, ref, &old, old + (u32)by));
	return true;
}

/* --- caches --- */

int tdx_topup_pamt_cache(struct task *me, struct tdx_host *host, struct tdx_pamt_cache *cache,
			 u32 nr_pairs)
{
	if (!tdx_supports_dynamic_pamt(host))
		return 0;
	SIM_ASSERT(nr_pairs * TDX_DPAMT_PAGES <= TDX_PAMT_CACHE_PAGES);
	while (cache->nr < nr_pairs * TDX_DPAMT_PAGES) {
		pfn_t pfn = sim_should_fail(me, "tdx_pamt_page") ? 0 : tdx_alloc_page(me, host);

		if (!pfn)
			return -ENOMEM;
		cache->page[cache->nr++] = pfn;
	}
	return 0;
}

void tdx_free_pamt_cache(struct task *me, struct tdx_pamt_cache *cache)
{
	while (cache->nr)
		tdx_free_page(me, machine_of(me)->tdx, cache->page[--cache->nr]);
}

/* A pair from the cache, or from the allocator. */
static int pair_alloc(struct task *me, struct tdx_host *host, struct tdx_pamt_cache *cache,
		      pfn_t pair[2])
{
	struct tdx_pamt_cache own = { .nr = 0 };

	if (!cache) {
		if (tdx_topup_pamt_cache(me, host, &own, 1)) {
			tdx_free_pamt_cache(me, &own);
			return -ENOMEM;
		}
		cache = &own;
	}
	if (cache->nr < TDX_DPAMT_PAGES)
		return -ENOMEM;
	pair[0] = cache->page[--cache->nr];
	pair[1] = cache->page[--cache->nr];
	return 0;
}

static void pair_free(struct task *me, struct tdx_host *host, struct tdx_pamt_cache *cache,
		      const pfn_t pair[2])
{
	for (u32 i = 0; i < TDX_DPAMT_PAGES; i++) {
		if (cache && cache->nr < TDX_PAMT_CACHE_PAGES)
			cache->page[cache->nr++] = pair[i];
		else
			tdx_free_page(me, host, pair[i]);
	}
}

/* --- a control page that goes in the RCU callback of its table: the variant --- */

void tdx_free_control_page_rcu(struct task *me, struct tdx_host *host, pfn_t pfn)
{
	struct softirq_page *page = sim_zalloc(me->sim, sizeof(*page));

	page->pfn = pfn;
	page->cpu = me->cpu;
	sim_guard_lock(me->sim, &host->guard);
	list_add_tail(&page->node, &host->softirq);
	sim_guard_unlock(me->sim, &host->guard);
}

static struct softirq_page *softirq_take(struct task *me, struct tdx_host *host)
{
	struct softirq_page *page, *found = NULL;

	sim_guard_lock(me->sim, &host->guard);
	list_for_each_entry(page, &host->softirq, node) {
		if (page->cpu == me->cpu) {
			found = page;
			list_del_init(&page->node);
			break;
		}
	}
	sim_guard_unlock(me->sim, &host->guard);
	return found;
}

void tdx_softirq(struct task *me, struct tdx_host *host)
{
	struct softirq_page *page;

	if (in_interrupt(me) || me->irq_count)
		return;
	while ((page = softirq_take(me, host))) {
		softirq_enter(me);
		tdx_free_control_page(me, host, page->pfn);
		softirq_exit(me);
		sim_free(me->sim, page, sizeof(*page));
	}
}

/* --- references --- */

static u64 region_info(pfn_t pfn)
{
	return tdx_pfn_pa(ALIGN_DOWN(pfn, REGIONS)) | TDX_LEVEL_2M;
}

/* What was proposed instead of the one lock: a lock for each region. */
static struct spinlock *pamt_lock_of(struct task *me, struct tdx_host *host, pfn_t pfn)
{
	if (bug(me, BUG_PAMT_REGION_LOCK))
		return &host->pamt_region_lock[pfn >> PFN_2M_SHIFT & (PAMT_REGION_LOCKS - 1)];
	return &host->pamt_lock;
}

int tdx_pamt_get(struct task *me, struct tdx_host *host, pfn_t pfn, struct tdx_pamt_cache *cache)
{
	struct spinlock *lock = pamt_lock_of(me, host, pfn);
	bool used = false;
	pfn_t pair[2];
	u32 *ref;
	int r;

	if (!tdx_supports_dynamic_pamt(host))
		return 0;
	SIM_FRAME(me);
	ref = pamt_refcount(host, pfn);
	if (!bug(me, BUG_PAMT_NO_FAST_PATH) && add_unless(me, ref, pfn, 1, 0))
		return 0;
	r = pair_alloc(me, host, cache, pair);
	if (r)
		return r;
	spin_lock(me, lock);
	if (bug(me, BUG_PAMT_SOFTIRQ))
		tdx_softirq(me, host);
	/* Who was here first has brought a pair. */
	if (!add_unless(me, ref, pfn, 1, 0)) {
		used = !tdx_call(me, host, TDH_PHYMEM_PAMT_ADD, region_info(pfn),
				 tdx_pfn_pa(pair[0]), tdx_pfn_pa(pair[1]), 0, NULL);
		if (used)
			WRITE_ONCE(me, region_obj(pfn), *ref, 1u);
		else
			r = -EIO;
	}
	spin_unlock(me, lock);
	if (!used)
		pair_free(me, host, cache, pair);
	return r;
}

void tdx_pamt_put(struct task *me, struct tdx_host *host, pfn_t pfn)
{
	struct spinlock *lock = pamt_lock_of(me, host, pfn);
	struct tdx_module_args out = { .rdx = 0 };
	bool early = bug(me, BUG_PAMT_PUT_EARLY);
	u32 *ref;
	u64 err;

	if (!tdx_supports_dynamic_pamt(host))
		return;
	SIM_FRAME(me);
	ref = pamt_refcount(host, pfn);
	/* atomic_dec_and_lock() */
	if (!bug(me, BUG_PAMT_NO_FAST_PATH) && add_unless(me, ref, pfn, -1, 1))
		return;
	if (early)
		atomic_add_return(me, region_obj(pfn), ref, -1u);
	spin_lock(me, lock);
	if (!early && atomic_add_return(me, region_obj(pfn), ref, -1u)) {
		spin_unlock(me, lock);
		return;
	}
	err = tdx_call(me, host, TDH_PHYMEM_PAMT_REMOVE, region_info(pfn), 0, 0, 0, &out);
	/* The pair stays where it is, and is what the region's next user finds. */
	if (err)
		WRITE_ONCE(me, region_obj(pfn), *ref, 1u);
	spin_unlock(me, lock);
	if (err)
		return;
	tdx_free_page(me, host, (pfn_t)(out.rdx >> PAGE_SHIFT));
	tdx_free_page(me, host, (pfn_t)(out.r8 >> PAGE_SHIFT));
}

/* --- splits --- */

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_topup_vm_split_cache, tdx_need_topup_vm_split_cache
 * Fidelity: simplified: allocates first and puts into the cache what is missing there then
 */
int tdx_topup_split_cache(struct task *me, struct vm *vm)
{
	struct tdx_pamt_cache own = { .nr = 0 }, *cache = &vm->tdx->split_cache;
	struct tdx_host *host = vm->tdx->host;
	int r;

	if (!tdx_supports_dynamic_pamt(host))
		return 0;
	r = tdx_topup_pamt_cache(me, host, &own, 1);
	if (!r) {
		spin_lock(me, &vm->tdx->prealloc_split_cache_lock);
		while (cache->nr < TDX_DPAMT_PAGES)
			cache->page[cache->nr++] = own.page[--own.nr];
		spin_unlock(me, &vm->tdx->prealloc_split_cache_lock);
	}
	tdx_free_pamt_cache(me, &own);
	return r;
}

int tdx_pamt_demote_begin(struct task *me, struct vm *vm, pfn_t pfn, u64 pair[2])
{
	struct tdx_host *host = vm->tdx->host;
	pfn_t page[2];
	int r;

	pair[0] = pair[1] = 0;
	if (!tdx_supports_dynamic_pamt(host))
		return 0;
	spin_lock(me, &vm->tdx->prealloc_split_cache_lock);
	r = vm->tdx->split_cache.nr < TDX_DPAMT_PAGES ?
		    -EIO :
		    pair_alloc(me, host, &vm->tdx->split_cache, page);
	spin_unlock(me, &vm->tdx->prealloc_split_cache_lock);
	if (r)
		return r;
	pair[0] = tdx_pfn_pa(page[0]);
	pair[1] = tdx_pfn_pa(page[1]);
	if (!bug(me, BUG_PAMT_DEMOTE_UNLOCKED))
		spin_lock(me, &host->pamt_lock);
	return 0;
}

void tdx_pamt_demote_end(struct task *me, struct vm *vm, pfn_t pfn, const u64 pair[2], bool done)
{
	const pfn_t page[2] = { (pfn_t)(pair[0] >> PAGE_SHIFT), (pfn_t)(pair[1] >> PAGE_SHIFT) };
	struct tdx_host *host = vm->tdx->host;
	u32 old;

	if (!tdx_supports_dynamic_pamt(host))
		return;
	if (done) {
		old = atomic_xchg(me, region_obj(pfn), pamt_refcount(host, pfn), REGIONS);
		SIM_ASSERT(!old);
	}
	if (!bug(me, BUG_PAMT_DEMOTE_UNLOCKED))
		spin_unlock(me, &host->pamt_lock);
	if (done)
		return;
	spin_lock(me, &vm->tdx->prealloc_split_cache_lock);
	pair_free(me, host, &vm->tdx->split_cache, page);
	spin_unlock(me, &vm->tdx->prealloc_split_cache_lock);
}

/* --- control pages --- */

pfn_t tdx_alloc_control_page(struct task *me, struct tdx_host *host)
{
	pfn_t pfn = tdx_alloc_page(me, host);

	if (pfn && tdx_pamt_get(me, host, pfn, NULL)) {
		tdx_free_page(me, host, pfn);
		return 0;
	}
	return pfn;
}

void tdx_free_control_page(struct task *me, struct tdx_host *host, pfn_t pfn)
{
	tdx_pamt_put(me, host, pfn);
	tdx_free_page(me, host, pfn);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/costs.h - the named costs of the modelled kernel, one list for everybody.
 *
 * COST(name, unit_of_work, what it covers).  Values come from traces/costs/ and from [cost]
 * sections; a cost nobody set is 0.  Costs are CPU time of the task that pays them, in ns, unless
 * the text says latency.  tools/ checks names against this list.
 */
#ifndef MODEL_COSTS_H
#define MODEL_COSTS_H

#include "sim/dist.h"

/* KVM's side of it */
#define KVM_TDX_COSTS(COST)                                                                        \
	COST(tdx_clear_page, "page", "MOVDIR64B of zeroes over one 4K page that was a TD's")       \
	COST(smp_call, "call", "latency of a function call on one other CPU, beyond what it does")

/* the TDX module */
#define TDX_COSTS(COST)                                                                            \
	COST(tdx_seamcall, "call", "into the TDX module and back, without what it does there")     \
	COST(tdx_page_add, "page", "TDH.MEM.PAGE.ADD: copying and measuring one page")             \
	COST(tdx_sept_add, "table", "TDH.MEM.SEPT.ADD: one S-EPT page")                            \
	COST(tdx_page_aug, "page", "TDH.MEM.PAGE.AUG, of either size")                             \
	COST(tdx_page_remove, "page", "TDH.MEM.PAGE.REMOVE, of any size")                          \
	COST(tdx_sept_remove, "table", "TDH.MEM.SEPT.REMOVE, with the look at 512 entries")        \
	COST(tdx_page_relocate, "page", "TDH.MEM.PAGE.RELOCATE: copying one page")                 \
	COST(tdx_page_demote, "page", "TDH.MEM.PAGE.DEMOTE: 512 S-EPT entries")                    \
	COST(tdx_page_promote, "page", "TDH.MEM.PAGE.PROMOTE: comparing 512 S-EPT entries")        \
	COST(tdx_pamt_scan, "2M", "512 PAMT entries: AUG, DEMOTE and PROMOTE of 2M")               \
	COST(tdx_range_block, "entry", "TDH.MEM.RANGE.BLOCK")                                      \
	COST(tdx_range_unblock, "entry", "TDH.MEM.RANGE.UNBLOCK")                                  \
	COST(tdx_sept_rd, "entry", "TDH.MEM.SEPT.RD")                                              \
	COST(tdx_track, "call", "TDH.MEM.TRACK")                                                   \
	COST(tdx_mr_extend, "chunk", "TDH.MR.EXTEND: 256 bytes")                                   \
	COST(tdx_control, "call", "TDH.MNG.* and TDH.VP.* that make and end a TD")                 \
	COST(tdx_key_config, "call", "TDH.MNG.KEY.CONFIG: PCONFIG on one package")                 \
	COST(tdx_cache_wb, "block", "TDH.PHYMEM.CACHE.WB: a sixteenth of a package's caches")      \
	COST(tdx_page_wbinvd, "page", "TDH.PHYMEM.PAGE.WBINVD: 64 cache lines")                    \
	COST(tdx_page_reclaim, "page", "TDH.PHYMEM.PAGE.RECLAIM")                                  \
	COST(tdx_pamt_add, "call", "TDH.PHYMEM.PAMT.ADD")                                          \
	COST(tdx_pamt_remove, "call", "TDH.PHYMEM.PAMT.REMOVE")                                    \
	COST(tdx_vp_enter, "entry", "TDH.VP.ENTER, to the guest's first instruction")              \
	COST(tdx_epoch_lock, "entry", "the part of it that holds the epoch's lock")                \
	COST(tdx_invept, "entry", "dropping translations in it, if the epoch has changed")         \
	COST(tdx_zero_step, "entry", "the part of it that zero-step mitigation holds the S-EPT")   \
	COST(tdx_td_exit, "exit", "from the guest to where VP.ENTER returns")                      \
	COST(tdx_vp_flush, "call", "TDH.VP.FLUSH")                                                 \
	COST(tdx_tdcall, "call", "from the guest into the module and back")                        \
	COST(tdx_accept_page, "page", "TDG.MEM.PAGE.ACCEPT: zeroing 4K")

/* locking strategies under review */
#define STRATEGY_COSTS(COST)                                                                       \
	COST(range_tree, "level", "one level of a tree of ranges, under the tree's spinlock")

#define MODEL_COSTS(COST)                                                                          \
	COST(syscall, "call", "system call entry and exit")                                        \
	COST(page_fault, "fault", "host exception entry, exit and VMA lookup")                     \
	COST(user_access, "page", "user or guest access to a page that is mapped")                 \
	COST(folio_alloc, "page", "page allocator")                                                \
	COST(folio_free, "page", "page allocator, freeing")                                        \
	COST(folio_zero, "page", "clearing one 4K page")                                           \
	COST(filemap_lookup, "page", "page cache lookup with reference")                           \
	COST(filemap_add, "page", "page cache insertion, accounting, LRU batch")                   \
	COST(filemap_delete, "page", "page cache removal in truncation, batched free")             \
	COST(pte_install, "page", "finish_fault: PTE lock, set PTE")                               \
	COST(pte_zap, "page", "clearing one PTE inside a batched zap")                             \
	COST(rmap_walk, "page", "i_mmap walk to one folio's PTE")                                  \
	COST(mmu_notifier, "range", "one invalidate_range start and end pair")                     \
	COST(tlb_flush_local, "flush", "flush on the own CPU")                                     \
	COST(tlb_flush_ipi, "flush", "latency until all other CPUs have acked a shootdown")        \
	COST(tlb_flush_handler, "flush", "shootdown handler, paid by each interrupted CPU")        \
	COST(vma_op, "call", "mmap or munmap, without its pages")                                  \
	COST(gup_fast, "page", "lockless pin of a mapped page")                                    \
	COST(gup_slow, "page", "pin under mmap_lock, without the fault")                           \
	COST(unpin, "page", "unpin_user_page")                                                     \
	COST(set_direct_map, "page", "direct map: a page out or back, with its flush")             \
	COST(refcount_check, "page", "one folio of the conversion's refcount scan")                \
	COST(lru_drain_cpu, "cpu", "lru_add_drain work on one CPU")                                \
	COST(attr_lookup, "call", "lockless attribute lookup")                                     \
	COST(attr_prealloc, "call", "preallocation for an attribute store")                        \
	COST(attr_store, "call", "attribute store")                                                \
	COST(mem_attr_page, "page", "one pass over one gfn of the per-VM attribute array")         \
	COST(arch_invalidate, "page", "arch hook that gives a private page back (SNP: RMP entry)") \
	COST(wbinvd, "flush", "writing back and dropping the caches of one CPU")                   \
	COST(guest_exit, "exit", "VM exit, up to the fault handler")                               \
	COST(guest_enter, "entry", "VM entry")                                                     \
	COST(retry_delay, "retry", "pause before a fault that must retry is taken again")          \
	COST(tdp_walk, "fault", "walk to the leaf, table allocation included")                     \
	COST(spte_install, "page", "setting one leaf SPTE")                                        \
	COST(spte_zap, "page", "clearing one leaf SPTE")                                           \
	COST(remote_flush_ipi, "flush", "latency until all vCPUs in guest mode have been kicked")  \
	COST(remote_flush_cpu, "cpu", "sending one such kick, one after the other")                \
	COST(vcpu_request, "vcpu", "a request for one vCPU, and the look whether it needs a kick") \
	COST(remote_flush_handler, "flush", "what a kick costs the vCPU it interrupts")            \
	COST(invalidate_range, "call", "begin and end of one KVM invalidation, without zaps")      \
	COST(slot_install, "call", "memslot update, without grace periods")                        \
	COST(context_switch, "switch", "giving a CPU to another task")                             \
	COST(interrupt, "interrupt", "one between two steps, where a variant leaves it room")      \
	COST(wake_latency, "wake-up", "latency from a wake-up to running on an idle CPU")         \
	COST(gmem_create, "call", "creating a guest_memfd")                                        \
	COST(gmem_bind, "call", "binding a memslot")                                               \
	COST(gmem_unbind, "call", "unbinding a memslot")                                           \
	COST(pte_protect, "page", "changing the permissions of one PTE in mprotect")               \
	COST(fork, "call", "fork without its mappings")                                           \
	COST(folio_copy, "page", "copying one 4K page inside the kernel")                          \
	COST(compaction_scan, "page", "compaction's look at one page")                             \
	COST(iommu_map, "page", "one page of a device's page table")                               \
	COST(iommu_unmap, "page", "the same, with the flush of the IOMMU's TLB")                   \
	COST(tdp_split, "split", "filling and linking the table that replaces a huge SPTE")        \
	COST(tdp_split_alloc, "split", "allocating that table, with mmu_lock dropped")             \
	COST(tdp_iter, "entry", "one entry of a page-table walk that looks for SPTEs to split")    \
	COST(lpage_scan, "page", "one gfn of a scan for mixed attributes, under mmu_lock") \
	COST(tdx_clflush_page, "page", "flushing a page that becomes a TD's: 64 lines") \
	/* huge folios */                                                                          \
	COST(hugetlb_alloc, "page", "taking a huge page out of the pool, charges included")        \
	COST(hugetlb_free, "page", "giving a huge page back to the pool")                          \
	COST(xa_node_alloc, "node", "allocating one node for the split of a page cache entry")     \
	COST(xa_split, "node", "filling one of them, interrupts off")                              \
	COST(xa_merge, "node", "unhooking one of them when entries are merged, interrupts off")    \
	COST(xa_store, "page", "storing one new folio in its slot, interrupts off")                \
	COST(folio_freeze, "page", "freezing or unfreezing the count of one folio")                \
	COST(folio_relabel, "page", "one struct page of a folio that is split or merged")          \
	COST(hvo_alloc, "page", "allocating one vmemmap page")                                     \
	COST(hvo_remap, "page", "copying and mapping one vmemmap page, or unmapping it")           \
	COST(hvo_free, "page", "freeing one vmemmap page")                                         \
	COST(hvo_flush, "flush", "latency until all CPUs have flushed kernel addresses")           \
	COST(hvo_flush_handler, "flush", "that flush, paid by each interrupted CPU")               \
	COST(rcu_grace_period, "wait", "latency of synchronize_rcu(), beyond waiting for readers") \
	COST(split_unmap, "folio", "unmap_folio and remap_page of a generic split, without PTEs")  \
	TDX_COSTS(COST)                                                                            \
	KVM_TDX_COSTS(COST)                                                                        \
	STRATEGY_COSTS(COST)

enum cost_id {
#define COST(name, unit, text) COST_##name,
	MODEL_COSTS(COST)
#undef COST
		NR_COSTS
};

struct cost_desc {
	/* constant */
	const char *name;
	const char *unit;
	const char *text;
};

extern const struct cost_desc cost_descs[NR_COSTS];

/* Where the value of a cost comes from: how sure one can be of it. */
enum cost_source {
	COST_SOURCE_MEASURED,
	COST_SOURCE_PUBLISHED,
	COST_SOURCE_DERIVED, /* computed from such figures */
	COST_SOURCE_ASSUMED,
	COST_SOURCE_STATED, /* by the trace itself, which gives no source */
	COST_SOURCE_NR,
};

/* A cost that a run has charged, for reports. */
struct cost_use {
	/* constant */
	const struct cost_desc *desc;
	enum cost_id id;
	struct sim_dist dist;
	enum cost_source kind;
	const char *source; /* the citation; "" if there is none */
};

struct cost_table {
	/* constant during a run */
	struct sim_dist dist[NR_COSTS];
};

#endif

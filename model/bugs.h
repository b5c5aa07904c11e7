/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/bugs.h - the faulty variants of the model, one list for everybody (--bug SLUG).
 *
 * BUG(id, slug, status, rules, text): @rules are the invariants or detectors (design.md section 5)
 * that must find it, with commas if there are several; @text says what it does differently.
 * A variant sits at the very place where the kernel had it, or could get it wrong, as one
 * "if (bug(me, BUG_...))"; without --bug it is one compare of a constant.
 *
 * Status: PLANT, made up, found by tests/unit/test_check.c.  All others are public races and have a
 * trace traces/races/SLUG.gms (tests/races): C confirmed by a fix or a report, L acknowledged on
 * the list but never merged so, D derived by reading code, G a guard that the code has and the
 * variant removes, T a trap: looks like a race and is none, must stay silent.
 *
 * Each area has a block of its own, so that rows can be added without meeting others.
 */
#ifndef MODEL_BUGS_H
#define MODEL_BUGS_H

/* made up */
#define BUGS_PLANTS(BUG)                                                                           \
	BUG(SKIP_RECHECK, "plant-skip-recheck", PLANT, "attr-mapping",                             \
	    "the guest fault maps without rechecking the invalidation sequence under mmu_lock")    \
	BUG(SKIP_UNMAP, "plant-skip-unmap", PLANT, "attr-mapping",                                 \
	    "conversion to private neither unmaps host page tables nor looks at references")       \
	BUG(STORE_BEFORE_BEGIN, "plant-store-before-begin", PLANT, "attr-mapping",                 \
	    "conversion stores the attribute before it begins the invalidation")                   \
	BUG(LEAF_FOREIGN, "plant-leaf-foreign", PLANT, "leaf-folio",                               \
	    "the guest fault maps the page of the next index")                                     \
	BUG(FREE_MAPPED, "plant-free-mapped", PLANT, "freed-mapped",                               \
	    "hole punching truncates without zapping guest mappings")                              \
	BUG(MISSING_END, "plant-missing-end", PLANT, "invalidate-balance",                         \
	    "conversion does not end the invalidation it began")                                   \
	BUG(DOUBLE_END, "plant-double-end", PLANT, "invalidate-balance",                           \
	    "hole punching ends its invalidation twice")                                           \
	BUG(NO_FLUSH, "plant-no-flush", PLANT, "tlb-stale",                                        \
	    "zapping skips the remote TLB flush")                                                  \
	BUG(FREE_BEFORE_FLUSH, "plant-free-before-flush", PLANT, "tlb-stale",                      \
	    "unmapping from a process gives its pages back without flushing its TLB")              \
	BUG(TRUNCATE_KEEPS_PTES, "plant-truncate-keeps-ptes", PLANT, "freed-mapped",               \
	    "truncation forgets to unmap the pages from processes")                                \
	BUG(SLOT_UAF, "plant-slot-uaf", PLANT, "lifetime",                                         \
	    "slot deletion frees the slot without waiting for SRCU readers")                       \
	BUG(NO_KICK, "plant-no-kick", PLANT, "tlb-stale",                                          \
	    "a remote flush does not interrupt vCPUs in guest mode")                               \
	BUG(SWAP_NO_WAIT, "plant-swap-no-wait", PLANT, "invalidate-balance",                       \
	    "a memslot update does not wait for open mmu_notifier ranges")                         \
	BUG(EXTRA_REF, "plant-extra-ref", PLANT, "refcount",                                       \
	    "a guest fault that must retry forgets to put the folio")                              \
	BUG(LOST_REF, "plant-lost-ref", PLANT, "refcount",                                         \
	    "allocation puts each folio once too often")                                           \
	BUG(POSITIVE_ERRNO, "plant-positive-errno", PLANT, "errno",                                \
	    "conversion returns the errno without its sign")                                       \
	BUG(FAIL_STORES, "plant-fail-stores", PLANT, "error-atomic",                               \
	    "a conversion that finds a page in use stores the attribute and fails then")           \
	BUG(FAIL_INDEX, "plant-fail-index", PLANT, "error-atomic",                                 \
	    "a conversion that finds a page in use reports the index behind its range")            \
	BUG(PUNCH_HALF, "plant-punch-half", PLANT, "error-atomic",                                 \
	    "a signal ends the punching of a hole in the middle")                                  \
	BUG(BIND_HALF, "plant-bind-half", PLANT, "error-atomic",                                   \
	    "a binding that gets no memory leaves what it has bound")                              \
	BUG(SLOT_STAYS, "plant-slot-stays", PLANT, "error-atomic",                                 \
	    "a slot whose binding fails is not taken out again")

/* model/mm */
#define BUGS_MM(BUG)

/* model/gmem */
#define BUGS_GMEM(BUG)                                                                             \
	BUG(UNBIND_DYING, "gmem-unbind-dying-uaf", C, "lifetime",                                  \
	    "unbind skips a file that is being closed and leaves its binding to the freed slot")   \
	BUG(PUNCH_PRIVATE_ONLY, "gmem-punch-misses-shared-leaves", C, "freed-mapped",              \
	    "an invalidation of the file zaps private mappings only")                              \
	BUG(MTREE_LOCKLESS, "conv-mtree-lockless", C, "lifetime",                                  \
	    "the attribute tree is edited in place while faults walk it without its lock")         \
	BUG(NO_LRU_DRAIN, "conv-transient-ref-eagain", C, "livelock",                              \
	    "conversion does not drain per-CPU batches before it believes in a reference")         \
	BUG(SKIP_CHECK, "conv-fault-before-pte.no-check", G, "attr-mapping",                       \
	    "conversion to private does not look at reference counts")                             \
	BUG(CHECK_FIRST, "conv-fault-before-pte.check-first", G, "attr-mapping",                   \
	    "conversion to private looks at reference counts before it unmaps")                    \
	BUG(FAULT_EARLY_PUT, "conv-fault-before-pte.early-put", G, "attr-mapping",                 \
	    "a host fault drops its reference before it has set the PTE")                          \
	BUG(GETPFN_UNBIND, "gmem-getpfn-vs-unbind-warn", T, "none",                                \
	    "a fault finds its binding gone: legal until the grace period has ended")              \
	BUG(LONGTERM_PIN, "conv-longterm-pin", T, "none",                                          \
	    "conversion fails as long as somebody pins a page: no livelock")                       \
	BUG(INV_GUEST_STALL, "conv-inv-lock-guest-stall", L, "expect",                             \
	    "guest faults share the invalidate lock with conversions (kernel inplace itself)")     \
	BUG(ARCH_NO_RESCHED, "snp-invalidate-soft-lockup", L, "expect",                            \
	    "the arch hook gives a range of private pages back without a chance to reschedule")    \
	BUG(FILE_REUSE, "gmem-file-reuse-aba", G, "lifetime",                                      \
	    "replacing a slot does not wait for SRCU; its memory is used again")                   \
	BUG(SECRETMEM_ORDER, "secretmem-directmap-order", C, "freed-mapped,lifetime",              \
	    "a page that lost the insertion is freed before it is back in the direct map")         \
	BUG(DIRECTMAP_OVERLAP, "directmap-overlapping-restore", L, "lifetime",                     \
	    "KVM puts a page into the direct map and takes it out without the folio lock")

/* model/kvm */
#define BUGS_KVM(BUG)                                                                              \
	BUG(END_UNLOCKED, "attrs-invalidate-end-unlocked", C, "invalidate-balance",                \
	    "the attributes ioctl ends its invalidation after dropping mmu_lock")                  \
	BUG(ATTRS_NO_RESCHED, "attrs-ioctl-soft-lockup", C, "expect",                              \
	    "the attributes ioctl passes over its range without a chance to reschedule")           \
	BUG(NO_PRECHECK, "invalidation-starved-by-faults", C, "hold-budget",                       \
	    "faults look for an open invalidation only with mmu_lock held")                        \
	BUG(ITER_SKIP, "tdpmmu-iter-skip-after-yield", C, "freed-mapped",                          \
	    "the page table walk restarts after a yield and then advances nevertheless")           \
	BUG(WBINVD, "snp-wbinvd-notifier", C, "expect",                                            \
	    "each mmu_notifier event writes the caches of all CPUs back")                          \
	BUG(GPC_REFRESH, "gpc-refresh-races", C, "freed-mapped",                                   \
	    "a pfn cache refresh looks at open invalidations instead of active notifiers")         \
	BUG(APIC_RELOAD, "apic-page-cache-stale", C, "freed-mapped",                               \
	    "a vCPU takes the APIC access page without a look at open invalidations")              \
	BUG(ASYNC_ROOT_ZAP, "async-root-zap-scheduling", C, "expect",                              \
	    "invalid roots are zapped by an unbound worker instead of the caller")                 \
	BUG(DEAD_VM_LOOP, "tdp-map-loop-on-dead-vm", L, "livelock",                                \
	    "mapping a page in advance is retried although the VM is dead")                        \
	BUG(NX_LIST, "tdpmmu-nx-list-uaf", C, "lifetime",                                          \
	    "a linked table is listed as a possible huge page without a look whether it still is") \
	BUG(MN_COUNT, "mn-count-unlocked", G, "data-race",                                         \
	    "an mmu_notifier counts itself as active without mn_invalidate_lock")

/* huge pages: restructuring, pool, huge leaves */
#define BUGS_HUGE(BUG)                                                                             \
	BUG(EEXIST_SPIN, "gmem-eexist-spin", D, "livelock",                                        \
	    "hole punching takes single pages out of a split huge page")                           \
	BUG(FREEZE_SPIN, "conv-freeze-spin-vs-waiter", D, "deadlock",                              \
	    "split and merge wait without bound for a reference whose owner may wait for them")    \
	BUG(RESTRUCTURE_LATE, "conv-restructure-fail-after-zap", L, "error-atomic",                \
	    "the folio is split after the guest's mappings are gone")                              \
	BUG(ATTR_LATE, "conv-store-after-end", D, "attr-mapping",                                  \
	    "the attribute is stored after the invalidation has ended")                            \
	BUG(FRESH_SPLIT, "gmem-fresh-split-vs-waiter", D, "deadlock",                              \
	    "a fresh huge folio is unlocked without waking who sleeps on it with a reference")     \
	BUG(RCU_LOOKUP, "conv-split-vs-rcu-lookup", D, "deadlock",                                 \
	    "a lookup that meets a frozen folio looks again without leaving its RCU section")      \
	BUG(ROLLBACK_UNDERFLOW, "conv-rollback-underflow", L, "livelock",                          \
	    "the rollback of a failed split counts an unsigned index below 0")                     \
	BUG(ROLLBACK_FAILS, "conv-rollback-can-fail", L, "error-atomic",                           \
	    "the rollback of a failed split needs memory to put folios back into the file")        \
	BUG(ALLOC_MMULOCK, "conv-alloc-under-mmulock", C, "lock-order",                            \
	    "hole punching allocates with mmu_lock held")                                          \
	BUG(HVO_NO_GRACE, "hvo-speculative-ref", C, "lifetime",                                    \
	    "HVO remaps struct pages without waiting for speculative walkers to leave")            \
	BUG(HVO_UNBATCHED, "conv-hvo-rcu-holdtime", C, "hold-budget",                              \
	    "every 2M of a huge page have their struct pages brought back by themselves")          \
	BUG(NO_BOUNDARY_SPLIT, "hugeleaf-zap-without-split", G, "expect",                          \
	    "guest mappings that reach over the range are zapped without having been split")

/* the host kernel: migration, collapse, memory failure, populate */
#define BUGS_HOST(BUG)                                                                             \
	BUG(POPULATE_MMAP, "populate-mmap-abba", L, "deadlock,lock-order",                         \
	    "populate takes the invalidate lock first and faults its source in with it")           \
	BUG(POPULATE_GETPFN, "populate-getpfn-self-deadlock", L, "deadlock",                       \
	    "populate maps the page by the way of a fault, which takes the lock again")            \
	BUG(PREPARE_UPTODATE, "prepare-tracking-vs-uptodate", L, "content",                        \
	    "populate marks a page uptodate as prepared, though nobody has zeroed it")             \
	BUG(KHUGEPAGED, "gmem-khugepaged-collapse", C, "leaf-folio",                               \
	    "khugepaged takes a guest_memfd for a read-only file and collapses its pages")         \
	BUG(COMPACTION_UAF, "compaction-vs-truncate-mapping-uaf", L, "lifetime",                   \
	    "compaction looks at a page's mapping without the folio lock")                         \
	BUG(MF_FAULT_ABBA, "error-folio-vs-fault-abba", D, "deadlock",                             \
	    "error_folio takes the invalidate lock with the folio locked, faults the other way")

/* the TDX module: found by tests/unit/test_tdx_check.c */
#define BUGS_TDX(BUG)                                                                              \
	BUG(TDX_NO_TRACKING, "plant-tdx-no-tracking", PLANT, "tlb-stale",                          \
	    "the TDX module removes blocked pages whatever the epoch is")                          \
	BUG(TDX_NO_INVEPT, "plant-tdx-no-invept", PLANT, "tlb-stale",                              \
	    "VP.ENTER keeps translations of the epoch before")                                     \
	BUG(TDX_LOST_PAMT, "plant-tdx-lost-pamt", PLANT, "mirror-sept",                            \
	    "PAGE.REMOVE leaves the page's PAMT entry to the TD")                                  \
	BUG(TDX_EARLY_FREEID, "plant-tdx-early-freeid", PLANT, "lifetime",                         \
	    "KEY.FREEID does not wait for the caches of all packages")

/* KVM's TDX side, made up: found by tests/unit/test_check_tdx.c */
#define BUGS_TD_PLANTS(BUG)                                                                        \
	BUG(TD_NO_REMOVE, "plant-td-no-remove", PLANT, "mirror-sept",                              \
	    "a zap blocks the page of a TD and does not remove it")                                \
	BUG(TD_NO_PUT, "plant-td-no-put", PLANT, "refcount",                                       \
	    "a zap does not give the page's reference to its PAMT pair back")                      \
	BUG(TD_CLEAR_FIRST, "plant-td-clear-first", PLANT, "content",                              \
	    "a zap clears the page before the TDX module has let it go")                           \
	BUG(TD_NO_RECLAIM, "plant-td-no-reclaim", PLANT, "freed-mapped",                           \
	    "control pages of a TD are freed without having been reclaimed")                       \
	BUG(TD_KEEPS_KEY, "plant-td-keeps-key", PLANT, "lifetime",                                 \
	    "a VM goes without having its TD's key freed")

/* KVM's TDX side: the MMU */
#define BUGS_TD_MMU(BUG)                                                                           \
	BUG(BUSY_NO_FLAG, "tdx-busy-zap-vs-enter.no-flag", L, "expect",                            \
	    "a zap that was BUSY kicks the vCPUs, but lets them come back before its second try")  \
	BUG(BUSY_NO_KICK, "tdx-busy-zap-vs-enter.no-kick", L, "expect",                            \
	    "a zap that was BUSY tries again without having kicked the vCPUs")                     \
	BUG(BUSY_FLAG_EARLY, "tdx-busy-zap-vs-enter.flag-early", L, "expect",                      \
	    "a zap that was BUSY lets vCPUs into the guest again before its second try")           \
	BUG(BUSY_UNBOUNDED, "tdx-busy-zap-vs-enter.unbounded", L, "livelock",                      \
	    "a zap tries as long as it is BUSY, and vCPUs come and go")                            \
	BUG(BUSY_FATAL, "tdx-busy-zap-vs-enter.fatal", L, "expect",                                \
	    "a zap that is BUSY kills the VM")                                                     \
	BUG(TRACK_NO_KICK, "tdx-track-without-kick", G, "expect",                                  \
	    "TRACK is not followed by a kick of all vCPUs")                                        \
	BUG(PREMAP_FATAL, "tdx-premap-add-fails", L, "expect",                                     \
	    "a zap does not expect mirror leaves that PAGE.ADD has not come to")                   \
	BUG(DEMOTE_RESTART, "tdx-demote-interrupted", L, "livelock",                               \
	    "DEMOTE is called again as often as it is interrupted, with mmu_lock held for write")  \
	BUG(DEMOTE_IGNORED, "tdx-demote-ignored", L, "mirror-sept",                                \
	    "a DEMOTE that fails is taken for one that worked")                                    \
	BUG(SPLIT_MIDWAY, "tdx-split-fails-midway", L, "expect",                                   \
	    "a zap goes on although one of the leaves at its ends could not be split")             \
	BUG(SPLIT_NO_GET, "dpamt-split-no-get", L, "refcount",                                     \
	    "the table page of a split has no reference to its PAMT pair")

/* KVM's TDX side: exits */
#define BUGS_TD_VCPU(BUG)                                                                          \
	BUG(ZERO_STEP, "tdx-zero-step-storm", L, "livelock",                                       \
	    "a private fault that has to be tried again goes back into the guest for it")          \
	BUG(ACCEPT_LEVEL, "tdx-accept-level-livelock", L, "livelock",                              \
	    "KVM does not look at the size in which the guest accepts memory")                     \
	BUG(ACCEPT_FLAG_FIRST, "tdx-accept-level-livelock.flag-first", L, "livelock",              \
	    "the guest's wish for small pages is written down before what is there is split")

/* KVM's TDX side: life of a TD, dynamic PAMT (facts/races.md section 6) */
#define BUGS_TD(BUG)                                                                               \
	BUG(TD_VCPU_LIST, "tdx-vcpu-list-corruption", C, "lifetime",                               \
	    "a vCPU whose creation fails is freed and stays on its CPU's list")                    \
	BUG(TD_VP_INIT, "tdx-vp-init-vs-migration", D, "expect",                                   \
	    "a vCPU counts as initialized only some time after the module has put it on its CPU")  \
	BUG(HKID_EARLY, "gmem-release-vs-hkid", L, "lifetime",                                     \
	    "a TD's key is freed when its process lets go of it, not when the VM is destroyed")    \
	BUG(TD_NO_TERMINATE, "tdx-teardown-minutes", C, "expect",                                  \
	    "private memory is taken out of a TD that has its key, page by page")                  \
	BUG(PAMT_NO_FAST_PATH, "dpamt-global-lock", L, "expect",                                   \
	    "each 4K page that a TD gets or gives back takes the one lock of the PAMT")            \
	BUG(PAMT_SOFTIRQ, "dpamt-lock-softirq", C, "deadlock",                                     \
	    "a page of the S-EPT is freed in softirq, with a lock that has interrupts on")         \
	BUG(PAMT_PUT_EARLY, "dpamt-get-vs-put", L, "expect",                                       \
	    "the last user of a PAMT pair leaves before it has the lock to take it away")          \
	BUG(PAMT_REGION_LOCK, "dpamt-add-vs-add", L, "expect",                                     \
	    "each 2M region has a PAMT lock of its own; two pairs of pages share a third region")  \
	BUG(PAMT_DEMOTE_UNLOCKED, "dpamt-demote-vs-add", L, "expect",                              \
	    "DEMOTE does not keep others from adding PAMT pages that lie in its region")

/* Locking strategies (model/locking): what one forgets */
#define BUGS_LOCKING(BUG)                                                                          \
	BUG(RANGE_UNALIGNED, "range-forgets-huge-alignment", PLANT, "data-race",                   \
	    "range: locks the indices asked for, and not the huge pages around them")              \
	BUG(BUCKET_ORDER, "bucket-in-order-of-range", PLANT, "deadlock",                           \
	    "bucket: takes several buckets in the order of the range instead of their own")        \
	BUG(SEQ_NO_RECHECK, "seq-without-recheck", PLANT, "attr-mapping",                          \
	    "seq: a fault does not look again after it has taken its reference")                   \
	BUG(CHUNK_OPEN_BINDINGS, "chunk-open-forgets-bindings", PLANT, "invalidate-balance",       \
	    "chunk-open: bindings may change between begin and end of a conversion")               \
	BUG(CHUNK_DROPS, "chunk-drops-before-zap", PLANT, "attr-mapping",                   \
	    "a hold is given up and taken again between looking for users of a range and its zap")

#define MODEL_BUGS(BUG)                                                                            \
	BUGS_PLANTS(BUG)                                                                           \
	BUGS_MM(BUG)                                                                               \
	BUGS_GMEM(BUG)                                                                             \
	BUGS_KVM(BUG)                                                                              \
	BUGS_HUGE(BUG)                                                                             \
	BUGS_HOST(BUG)                                                                             \
	BUGS_TDX(BUG)                                                                              \
	BUGS_TD_PLANTS(BUG)                                                                        \
	BUGS_TD_MMU(BUG)                                                                           \
	BUGS_TD_VCPU(BUG)                                                                          \
	BUGS_TD(BUG)                                                                               \
	BUGS_LOCKING(BUG)

enum bug_id {
	BUG_NONE,
#define BUG(id, slug, status, rules, text) BUG_##id,
	MODEL_BUGS(BUG)
#undef BUG
	NR_BUGS
};

struct bug_desc {
	/* constant */
	const char *slug;
	const char *status; /* "plant", "C", "L", "D", "G" or "T" */
	const char *rules;
	const char *text;
};

extern const struct bug_desc bug_descs[NR_BUGS]; /* [BUG_NONE] is empty */

/**
 * bug_by_slug - look a variant up by its name.
 *
 * Return: BUG_NONE for NULL, NR_BUGS for a name nobody knows.
 */
enum bug_id bug_by_slug(const char *slug);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/bugs.h - the planted faults of the model, one list for everybody (--bug SLUG).
 *
 * BUG(id, slug, rule, text): @rule is the invariant or detector (design.md section 5) that must
 * find it, @text what the variant does differently.  A plant sits at the very place where the real
 * kernel could get it wrong, as one "if (bug(me, BUG_...))"; without --bug it is one compare of a
 * constant.  Every plant has a test that finds it, and the same runs without it are silent.
 */
#ifndef MODEL_BUGS_H
#define MODEL_BUGS_H

#define MODEL_BUGS(BUG)                                                                            \
	BUG(SKIP_RECHECK, "plant-skip-recheck", "attr-mapping",                                    \
	    "the guest fault maps without rechecking the invalidation sequence under mmu_lock")    \
	BUG(SKIP_UNMAP, "plant-skip-unmap", "attr-mapping",                                        \
	    "conversion to private neither unmaps host page tables nor looks at references")       \
	BUG(STORE_BEFORE_BEGIN, "plant-store-before-begin", "attr-mapping",                        \
	    "conversion stores the attribute before it begins the invalidation")                   \
	BUG(LEAF_FOREIGN, "plant-leaf-foreign", "leaf-folio",                                      \
	    "the guest fault maps the page of the next index")                                     \
	BUG(FREE_MAPPED, "plant-free-mapped", "freed-mapped",                                      \
	    "hole punching truncates without zapping guest mappings")                              \
	BUG(MISSING_END, "plant-missing-end", "invalidate-balance",                                \
	    "conversion does not end the invalidation it began")                                   \
	BUG(DOUBLE_END, "plant-double-end", "invalidate-balance",                                  \
	    "hole punching ends its invalidation twice")                                           \
	BUG(NO_FLUSH, "plant-no-flush", "tlb-stale",                                               \
	    "zapping skips the remote TLB flush")                                                  \
	BUG(FREE_BEFORE_FLUSH, "plant-free-before-flush", "tlb-stale",                             \
	    "unmapping from a process gives its pages back without flushing its TLB")              \
	BUG(TRUNCATE_KEEPS_PTES, "plant-truncate-keeps-ptes", "freed-mapped",                      \
	    "truncation forgets to unmap the pages from processes")                                \
	BUG(SLOT_UAF, "plant-slot-uaf", "lifetime",                                                \
	    "slot deletion frees the slot without waiting for SRCU readers")                       \
	BUG(NO_KICK, "plant-no-kick", "tlb-stale",                                                 \
	    "a remote flush does not interrupt vCPUs in guest mode")                               \
	BUG(SWAP_NO_WAIT, "plant-swap-no-wait", "invalidate-balance",                              \
	    "a memslot update does not wait for open mmu_notifier ranges")                         \
	BUG(UNBIND_DYING, "plant-unbind-dying", "lifetime",                                        \
	    "unbind skips a file that is being closed and leaves its binding to the freed slot")   \
	BUG(EXTRA_REF, "plant-extra-ref", "refcount",                                              \
	    "a guest fault that must retry forgets to put the folio")                              \
	BUG(LOST_REF, "plant-lost-ref", "refcount",                                                \
	    "allocation puts each folio once too often")                                           \
	BUG(POSITIVE_ERRNO, "plant-positive-errno", "errno",                                       \
	    "conversion returns the errno without its sign")

enum bug_id {
	BUG_NONE,
#define BUG(id, slug, rule, text) BUG_##id,
	MODEL_BUGS(BUG)
#undef BUG
	NR_BUGS
};

struct bug_desc {
	/* constant */
	const char *slug;
	const char *rule;
	const char *text;
};

extern const struct bug_desc bug_descs[NR_BUGS]; /* [BUG_NONE] is empty */

/**
 * bug_by_slug - look a plant up by its name.
 *
 * Return: BUG_NONE for NULL, NR_BUGS for a name nobody knows.
 */
enum bug_id bug_by_slug(const char *slug);

#endif

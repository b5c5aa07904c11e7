/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/tdx/internal.h - what the module's files share: its structures, and one call under way.
 *
 * Invariants:
 *  X1 Locks are tried once.  A call takes them in the order TDR, OP_STATE, tree, entry, PAMT of new
 *     pages, PAMT of the mapped page, and at its end has none left (VP.ENTER: at the TD exit).
 *  X2 A call that answers an error has changed no S-EPT entry, PAMT entry, count or epoch; host
 *     priority bits are the exception, they are there to remember failures.
 *  X3 Exactly one level of the PAMT says what a frame is: 1G, 2M or 4K.
 *  X4 CHLDCNT of a TD is the number of its 4K frames in the PAMT, the TDR itself not counted.
 */
#ifndef MODEL_TDX_INTERNAL_H
#define MODEL_TDX_INTERNAL_H

#include "model/tdx/tdx.h"
#include "sim/hist.h"

#define PAMT_ENTRIES   512u
#define PFN_2M_SHIFT   9
#define PFN_1G_SHIFT   18
#define TDX_MAX_PAGES  3 /* that one call is given */
#define EPF_THRESHOLD  6
#define EPF_LIST_SIZE  32
#define VP_TLB_ENTRIES 64u

/* --- locks (lock.c) --- */

#define SHAREX_EX     0x0001u
#define SHAREX_HP     0x0002u /* in locks with host priority: the host could not get it */
#define SHAREX_READER 0x0004u

struct tdx_lock {
	struct lockdep_map dep_map;
	u16 word; /* atomic: SHAREX_* */
	bool hp;  /* constant: has host priority */
};

enum tdx_mode { TDX_UNLOCKED, TDX_SHARED, TDX_EXCLUSIVE };

void tdx_lock_init(struct sim *sim, struct tdx_lock *lock, const char *class_name, bool hp);
bool tdx_trylock(struct task *me, struct tdx_lock *lock, enum tdx_mode mode);
void tdx_unlock(struct task *me, struct tdx_lock *lock, enum tdx_mode mode);

/* The same on bare words, whose map is made on the spot. */
bool sharex_try_word(struct task *me, u16 *word, enum tdx_mode mode, bool hp);
bool sharex_promote_word(struct task *me, u16 *word);
void sharex_release_word(struct task *me, u16 *word, enum tdx_mode mode);
void tdx_lock_busy(struct task *me, struct lockdep_map *map, enum tdx_mode mode);
void tdx_lock_taken(struct task *me, struct lockdep_map *map, enum tdx_mode mode);
void tdx_lock_given_up(struct task *me, struct lockdep_map *map);

/* --- PAMT (pamt.c) --- */

struct pamt_entry {
	/* atomic */
	u16 lock;
	u8 type; /* enum pamt_type; written with the lock exclusive */
	u8 unused;
	u32 owner; /* TDR frame; with the lock exclusive */
	u32 bepoch; /* epoch in which it was blocked; by BLOCK, without the lock */
	u32 blocked_at; /* for checks: mod->seq then, 0 = never */
};

/* 2 MiB of memory. */
struct pamt_region {
	struct pamt_entry leaf;
	/* constant after it was linked */
	u32 id;
	/* made when first looked at; atomic */
	struct pamt_entry *e4k;
	void **control; /* what a control page is: td, vp or sept_page; made when there is one */
	/* atomic: 4K frames that are not NDA */
	u32 nr_used;
	/* dynamic PAMT: protected by leaf.lock exclusive, the bitmap atomic */
	pfn_t pair[2];
	u64 bitmap[8]; /* pages that are somebody's PAMT pages */
};

/* 1 GiB. */
struct pamt_block {
	struct pamt_entry leaf;
	/* constant after it was linked */
	u32 id;
	/* atomic; made when first looked at */
	struct pamt_region *region[PAMT_ENTRIES];
};

struct pamt_walk {
	/* private to the call */
	struct pamt_entry *entry; /* NULL: nothing held */
	struct pamt_block *block; /* NULL: implicit, no parents held */
	struct pamt_region *region;
	pfn_t pfn;
	u8 level;
	u8 mode; /* enum tdx_mode, of the leaf */
	struct lock_class *class;
};

struct pamt_region *pamt_region(struct task *me, struct tdx_module *mod, pfn_t pfn);
struct pamt_entry *pamt_entry(struct task *me, struct tdx_module *mod, pfn_t pfn, int level);
u64 pamt_lock_walk(struct task *me, struct tdx_module *mod, pfn_t pfn, enum tdx_mode mode,
		   int level, struct lock_class *class, struct pamt_walk *w);
u64 pamt_lock_implicit(struct task *me, struct tdx_module *mod, pfn_t pfn, int level,
		       enum tdx_mode mode, struct lock_class *class, struct pamt_walk *w);
void pamt_unlock(struct task *me, struct tdx_module *mod, struct pamt_walk *w);
u64 pamt_check_hpa(struct tdx_module *mod, u64 hpa, int level);
u64 pamt_lock_page(struct task *me, struct tdx_module *mod, u64 hpa, enum tdx_mode mode, int level,
		   enum pamt_type type, struct lock_class *class, struct pamt_walk *w);
bool pamt_range_free(struct tdx_module *mod, const struct pamt_region *r);
void pamt_set(struct pamt_entry *e, enum pamt_type type, pfn_t owner);
u64 pamt_demote(struct task *me, struct tdx_module *mod, pfn_t pfn, int level, u64 hpa0, u64 hpa1);
u64 pamt_promote(struct task *me, struct tdx_module *mod, pfn_t pfn, int level, u64 hpa[2]);
u64 pamt_pages_check(struct task *me, struct tdx_module *mod, pfn_t region, const u64 hpa[2],
		     const u32 operand[2], struct pamt_walk w[2]);
u64 pamt_pages_claim(struct task *me, struct tdx_module *mod, const u64 hpa[2],
		     const u32 operand[2]);
void pamt_pages_drop(struct task *me, struct tdx_module *mod, const u64 hpa[2]);
bool pamt_bit(const struct pamt_region *r, pfn_t pfn);
bool pamt_bit_set(struct task *me, struct pamt_region *r, pfn_t pfn);
void pamt_bit_clear(struct task *me, struct pamt_region *r, pfn_t pfn);
void pamt_assign(struct task *me, struct tdx_module *mod, pfn_t pfn, int level,
		 struct pamt_entry *e, enum pamt_type type, pfn_t owner);
u64 pamt_release(struct task *me, struct tdx_module *mod, pfn_t pfn, int level,
		 struct pamt_entry *e);

static inline enum pamt_type pamt_type(const struct pamt_entry *e)
{
	return (enum pamt_type)load_acquire(e->type);
}

/* Control pages: found by their frame. */
void tdx_control_set(struct task *me, struct tdx_module *mod, pfn_t pfn, void *what);
void *tdx_control(struct tdx_module *mod, pfn_t pfn);

/* --- TDs --- */

enum td_lifecycle { TD_HKID_ASSIGNED, TD_KEYS_CONFIGURED, TD_BLOCKED, TD_TEARDOWN };

enum td_op_state {
	OP_STATE_UNINITIALIZED, OP_STATE_INITIALIZED, OP_STATE_RUNNABLE, OP_STATE_LIVE_EXPORT,
	OP_STATE_PAUSED_EXPORT, OP_STATE_POST_EXPORT, OP_STATE_MEMORY_IMPORT,
	OP_STATE_STATE_IMPORT, OP_STATE_POST_IMPORT, OP_STATE_LIVE_IMPORT,
	OP_STATE_FAILED_IMPORT, NR_OP_STATES
};

/* Read and written as one word, as the module does with 128 bits. */
union td_epoch {
	u64 raw;
	struct {
		u32 epoch;
		u16 refcount[2];
	};
};

struct sept_page {
	/* atomic words */
	u64 e[PAMT_ENTRIES];
	/* constant */
	pfn_t pfn;
};

/* TDR and TDCS. */
struct tdx_td {
	struct sim_life life;
	/* constant after MNG.CREATE, or (params) after MNG.INIT */
	struct tdx_module *mod;
	pfn_t tdr;
	u16 hkid;
	u32 obj;
	struct td_params params;
	u32 owner; /* of the content of its pages */
	u8 top;	   /* level of the root table's entries: 3 or 4 */

	/* protected by the TDR's lock, exclusive */
	u8 lifecycle; /* enum td_lifecycle */
	bool fatal;
	u64 packages; /* that have the key */
	u32 nr_tdcx;
	pfn_t tdcx[TDX_MAX_TDCX];
	u8 op_state; /* also read with op_state_lock shared */
	u64 measured; /* stands for MRTD */
	struct sept_page *root;
	struct list_head node; /* by mod->guard */

	struct tdx_lock op_state_lock;
	struct tdx_lock tree_lock;
	struct tdx_lock epoch_lock;

	/* atomic */
	s64 chldcnt;
	u32 nr_vcpus;
	u32 nr_assoc;
	union td_epoch epoch;

	/* protected by mod->guard */
	struct list_head vps;
};

enum vp_state { VCPU_UNINITIALIZED, VCPU_READY, VCPU_ACTIVE };
#define VCPU_NO_LP UINT32_MAX
#define WBCACHE_BLOCKS 16u

struct vp_tlb_entry {
	/* written by the vCPU's task */
	u64 gfn;
	pfn_t pfn;
	u32 flushes; /* valid if it is the vCPU's */
};

/* TDVPR and TDVPS. */
struct tdx_vp {
	struct sim_life life;
	/* constant */
	struct tdx_td *td;
	struct tdx_module *mod;
	pfn_t tdvpr;
	u32 obj;
	struct list_head node; /* by mod->guard */

	/* protected by the TDVPR's lock, exclusive */
	u32 nr_pages;
	u32 index;

	/* atomic */
	u8 state; /* enum vp_state */
	u32 assoc_lp;
	u32 epoch;	   /* of the last entry */
	u32 flushed_at; /* for checks: mod->seq when its translations were last dropped */
	bool has_run;
	bool inside; /* may execute guest code: what the epoch's count has to cover */

	/* written by the task in the guest */
	struct pamt_walk tdvpr_lock, tdr_lock; /* held until the TD exit */
	struct tdx_exit exit;
	struct tdx_module_args vmcall;
	bool in_vmcall;
	sim_ns hp_since_ns; /* SIM_NS_MAX: nobody has priority over it */
	u64 rip, rip_on_entry; /* instructions that got on */
	u32 nr_epf;
	u32 nr_epf_gpas;
	gpa_t epf_gpa[EPF_LIST_SIZE];
	u32 flushes;
	struct vp_tlb_entry tlb[VP_TLB_ENTRIES];
};

/* --- the module --- */

enum hkid_state { HKID_FREE, HKID_ASSIGNED, HKID_FLUSHED };

struct kot_entry {
	/* protected by kot_lock */
	u8 state; /* enum hkid_state */
	u64 wbinvd; /* packages whose caches are still to be written back; atomic */
};

/* A package's cache, being written back. */
struct wbcache {
	struct tdx_lock lock;
	/* protected by lock */
	u32 point;     /* where an interrupted call goes on; 0: none was */
	bool *flushed; /* [1..nr_hkids]: this round counts for them */
};

struct tdx_module {
	/* constant */
	struct machine *m;
	struct sim *sim;
	struct tdx_module_config cfg;
	pfn_t end; /* of the TDMR */
	u32 nr_blocks;
	struct lock_class *class_tdr, *class_tdvpr, *class_pamt, *class_entry;

	struct tdx_lock kot_lock;
	struct wbcache *wbcache; /* [package] */
	struct kot_entry *kot;	       /* [1..nr_hkids] */

	/* atomic; made when first looked at */
	struct pamt_block **block;

	/* atomic: counts blocks and flushes, for checks */
	u32 seq;
	/* atomic: calls of hosts and guests under way, for checks */
	u32 nr_calls;

	/* protected by guard */
	struct sim_guard guard;
	struct list_head tds;
	struct tdx_leaf_stat stat[NR_TDX_LEAVES + NR_TDX_GUEST_LEAVES];
};

static inline u32 tdx_package(const struct tdx_module *mod, u32 lp)
{
	return lp * mod->cfg.nr_packages / mod->sim->cfg.nr_cpus;
}

/* --- one call --- */

struct sept_ref {
	/* private to the call */
	u64 *entry;
	u64 copy;
	gpa_t gpa;
	u8 want;  /* level */
	u8 level; /* reached */
	u32 obj;
};

struct tdx_call {
	/* private to the task that makes the call */
	struct tdx_module *mod;
	struct tdx_module_args *a;
	const struct tdx_leaf_desc *leaf;
	u32 lp;
	u32 version;
	u64 in_rcx, in_rdx;
	struct tdx_td *td;
	struct tdx_vp *vp;
	struct pamt_walk tdr, tdvpr, mapped, page[TDX_MAX_PAGES];
	u8 op_state_mode, tree_mode, epoch_mode, kot_mode;
	bool wbcache;
	struct sept_ref ref;
	bool entry_locked;
	struct sept_page *children; /* whose entries are locked one by one */
	u32 nr_children;
};

u64 call_lock_tdr(struct task *me, struct tdx_call *c, u64 hpa, u32 operand, enum tdx_mode mode,
		  enum pamt_type type);
u64 call_lock_tdvpr(struct task *me, struct tdx_call *c, u64 hpa, u32 operand, enum tdx_mode mode);
u64 call_td_state(struct task *me, struct tdx_call *c, bool lock_op_state);
u64 call_walk(struct task *me, struct tdx_call *c, int min_level, int max_level,
	      enum tdx_mode tree);
u64 call_lock_entry(struct task *me, struct tdx_call *c);
u64 call_mem(struct task *me, struct tdx_call *c, int min_level, int max_level,
	     enum tdx_mode tree);
u64 call_lock_page(struct task *me, struct tdx_call *c, u32 n, u64 hpa, u32 operand,
		   enum tdx_mode mode, int level, enum pamt_type type);
u64 call_lock_mapped(struct task *me, struct tdx_call *c, pfn_t pfn, int level);
u64 call_check_tracked(struct task *me, struct tdx_call *c, const struct pamt_entry *e);
u64 call_state_incorrect(struct tdx_call *c);
bool call_interrupted(struct task *me, struct tdx_call *c);
void call_details(struct tdx_call *c);
void call_end(struct task *me, struct tdx_call *c);
void tdx_stat_record(struct task *me, struct tdx_module *mod, u32 leaf, u64 rax, sim_ns since_ns);
bool tdx_leaf_fails(struct task *me, enum tdx_leaf_index leaf);
bool tdx_guest_leaf_fails(struct task *me, enum tdx_guest_leaf_index leaf);

static inline u64 tdx_busy(u32 operand)
{
	return TDX_OPERAND_BUSY | operand;
}

typedef u64 (*tdx_leaf_fn)(struct task *me, struct tdx_call *c);
#define LEAF(id, name, number, slug, ...) u64 tdh_##slug(struct task *me, struct tdx_call *c);
TDX_LEAVES(LEAF)
#undef LEAF

/* --- S-EPT (sept.c) --- */

#define SEPT_RWX     0x7ull
#define SEPT_D	     BIT_ULL(9)
#define SEPT_IPAT    BIT_ULL(6)
#define SEPT_PS	     BIT_ULL(7)
#define SEPT_TDEL    BIT_ULL(11)
#define SEPT_TDHP    BIT_ULL(52)
#define SEPT_TDEX    BIT_ULL(53)
#define SEPT_TDBW    BIT_ULL(54)
#define SEPT_TDB     BIT_ULL(55)
#define SEPT_TDP     BIT_ULL(56)
#define SEPT_SVE     BIT_ULL(63)
#define SEPT_HPA     0x000ffffffffff000ull
#define SEPT_COUNTER 0x1ff000ull /* ACCEPT's progress, in an entry of 2M */

enum sept_state sept_state(u64 e);
u32 sept_public(u64 e);
u32 sept_flags(enum sept_state state);
enum sept_kind sept_kind(enum sept_state state);
u64 sept_make(enum sept_state state, pfn_t pfn);
u64 sept_with_state(u64 e, enum sept_state state);
pfn_t sept_pfn(u64 e, int level);
u64 sept_cleanup(u64 e, int level);
u64 sept_arch(u64 e, int level);
u64 sept_unblocked(u64 e);
struct sept_page *sept_page_new(struct tdx_module *mod, pfn_t pfn);
void sept_walk(struct task *me, struct tdx_td *td, struct sept_ref *ref);
bool sept_trylock_host(struct task *me, struct tdx_module *mod, struct sept_ref *ref);
u64 sept_trylock_guest(struct task *me, struct tdx_module *mod, struct sept_ref *ref);
void sept_unlock(struct task *me, struct tdx_module *mod, struct sept_ref *ref);
void sept_store(struct task *me, struct tdx_module *mod, struct sept_ref *ref, u64 e);
void sept_store_unlock(struct task *me, struct tdx_module *mod, struct sept_ref *ref, u64 e);

static inline u64 sept_read(const u64 *e)
{
	return __atomic_load_n(e, __ATOMIC_ACQUIRE);
}

static inline bool sept_is(u64 e, u32 flag)
{
	return sept_flags(sept_state(e)) & flag;
}

static inline gpa_t tdx_level_size(int level)
{
	return PAGE_SIZE << (9 * level);
}

static inline u64 tdx_level_pages(int level)
{
	return 1ull << (9 * level);
}

/* --- epochs (epoch.c) --- */

bool td_tracking_required(const struct tdx_td *td);
bool epoch_tracked(struct task *me, struct tdx_td *td, u32 bepoch);
void epoch_block(struct task *me, struct tdx_td *td, struct pamt_entry *e);
u64 epoch_enter(struct task *me, struct tdx_td *td, struct tdx_vp *vp, bool fresh);
void epoch_leave(struct task *me, struct tdx_td *td, struct tdx_vp *vp);
void vp_flush_translations(struct task *me, struct tdx_vp *vp);
void epoch_check(struct task *me, struct tdx_call *c, const struct pamt_entry *e);

/* --- zero-step mitigation (step.c) --- */

void step_log_epf(struct tdx_vp *vp, gpa_t gpa);
u64 step_filter(struct task *me, struct tdx_call *c);
void vp_exit_epf(struct task *me, struct tdx_vp *vp, gpa_t gpa, bool write,
		 enum tdx_exit_type type, int level, u64 e, int err_level);

/* --- content (content.c) --- */

void content_private(struct task *me, struct tdx_td *td, pfn_t pfn, int level);
void content_copy(struct task *me, struct tdx_td *td, pfn_t pfn, pfn_t from);
void content_zero(struct task *me, struct tdx_td *td, pfn_t pfn, u64 nr);
void content_given_back(struct task *me, struct tdx_td *td, pfn_t pfn, int level);

#endif

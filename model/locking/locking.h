/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/locking/locking.h - how the memory of a guest_memfd is locked: one ops struct per strategy.
 *
 * guest_memfd asks for what it needs and not for a lock: a range of indices that is about to
 * change, a range to look at, the file as a whole, a page for a fault.  A strategy answers with
 * locks of its own.  "file" is what each kernel does: one rw_semaphore for the whole file.
 *
 * What every strategy owes its users, whatever its locks are:
 *  K1 A change excludes other changes and shared holds of its indices from lock() to unlock(),
 *     without a gap: begin and end of an invalidation, and what lies between, are in one hold;
 *     or, with open() and close(), around all holds of one conversion.
 *  K2 All indices of one huge page of the file go together: its folio splits and merges as one.
 *  K3 lock_file() excludes everybody.  Bindings, the list of files and the end of the inode change
 *     under it, so that begin and end of an invalidation find the same ones.
 *  K4 A fault that fault_retry() lets go has a folio that a change which ends later will see, and
 *     an attribute that no change which ended earlier has made stale.
 *  K5 cut() ends a hold where the file is as if user space had asked for that much and no more.
 *  K6 Order: inside slots_lock, mmap_lock, kvm->srcu and (memory errors) the folio lock; outside
 *     i_mmap_rwsem, the folio lock, mmu_lock.  Who waits sleeps, and is deaf to signals if told so.
 * What no strategy can change: mmu_invalidate_seq, the count and the one range of invalidations are
 * the VM's, and so is mmu_lock (docs/STRATEGIES.md).
 *
 * A strategy with "parallel" lets two changes of different indices be under way at once.  The
 * attribute tree then has a lock of its own for stores, and is read under RCU.
 *
 * Upstream: include/linux/fs.h:filemap_invalidate_lock and its users in virt/kvm/guest_memfd.c
 * Fidelity: faithful in "file"; the others are designs under review (range locks: the list's thread
 * on TDX huge pages of January 2026)
 */
#ifndef MODEL_LOCKING_LOCKING_H
#define MODEL_LOCKING_LOCKING_H

#include "model/gmem/inode.h"
#include "sim/range_lock.h"

#define GMEM_INDEX_MAX (~(pgoff_t)0)

/* One hold, on the stack of who has it. */
struct gmem_hold {
	/* constant while held; [start, end) is what was asked for, a strategy may hold more */
	struct gmem_inode *inode;
	pgoff_t start, end;
	/* the strategy's own */
	u32 tries; /* how often this fault was overtaken; 0 before it begins */
	union {
		u64 word[3];
		struct range_request request;
	};
};

/* What is about to be done with a range, for cut() and prepare(). */
enum gmem_change_kind { GMEM_CONVERT, GMEM_PUNCH, GMEM_ALLOCATE };

struct gmem_change {
	/* constant */
	enum gmem_change_kind kind;
	bool to_private; /* GMEM_CONVERT */
	/* the range of the hold that follows; cut() says where it ends */
	pgoff_t start, end;
	/* the strategy's own, between prepare() and unprepare() */
	u64 word[2];
};

struct gmem_locking_ops {
	/* constant */
	const char *name;     /* the word of "locking =" */
	const char *argument; /* NULL; or what stands behind the colon: SIZE, N */
	const char *help;
	const char *lock_class; /* whose exclusive holds are those of changes */
	bool parallel; /* changes of different indices can be under way at once */
	bool lockless; /* there are faults that hold nothing of the file */

	/* Why it makes no sense there, and what would; NULL: it does. */
	const char *(*refuse)(enum kernel_design kernel, u64 argument);

	/* The inode is new, or nobody can reach it any more; may be NULL. */
	int (*init)(struct task *me, struct gmem_inode *inode);
	void (*fini)(struct task *me, struct gmem_inode *inode);

	/*
	 * A change of [start, end).  PARK_SLEEP always gets it; with PARK_KILLABLE and PARK_INTR a
	 * signal ends the wait: -EINTR.
	 */
	int (*lock)(struct task *me, struct gmem_hold *h, enum park_how how);
	void (*unlock)(struct task *me, struct gmem_hold *h);
	/* The file as a whole. */
	void (*lock_file)(struct task *me, struct gmem_hold *h);
	void (*unlock_file)(struct task *me, struct gmem_hold *h);
	/* A look at [start, end): allocation, memory errors. */
	int (*lock_shared)(struct task *me, struct gmem_hold *h, enum park_how how);
	void (*unlock_shared)(struct task *me, struct gmem_hold *h);

	/*
	 * A fault's lookup of one index, between attribute and reference.  When it has the folio it
	 * asks fault_retry(): true says that it was overtaken.  It gives back what it has found,
	 * and begins again.
	 */
	int (*fault_begin)(struct task *me, struct gmem_hold *h, enum park_how how);
	bool (*fault_retry)(struct task *me, struct gmem_hold *h);
	void (*fault_end)(struct task *me, struct gmem_hold *h);

	/*
	 * Where the hold that begins at change->start is to be released for others, above that and
	 * at most at @end; NULL: at @end.
	 */
	pgoff_t (*cut)(const struct gmem_inode *inode, const struct gmem_change *change,
		       pgoff_t end);

	/*
	 * A conversion of [start, end), all of its holds, is one invalidation: begun by open() and
	 * ended by close(), with no hold; the holds themselves then only zap.  NULL: each hold is
	 * one.  In between bindings do not change.
	 */
	void (*open)(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end);
	void (*close)(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end);

	/*
	 * Before the lock is taken, and after it is released: what can be done, or must be waited
	 * for, without it.  It is a help and no promise: all of it is looked at again inside.  An
	 * error of prepare() is that of the change, which then has changed nothing.
	 */
	int (*prepare)(struct task *me, struct gmem_inode *inode, struct gmem_change *change);
	void (*unprepare)(struct task *me, struct gmem_inode *inode, struct gmem_change *change);
};

/* The strategies, NULL at the end. */
extern const struct gmem_locking_ops *const gmem_lockings[];

/* Return: the strategy of that name, or NULL. */
const struct gmem_locking_ops *gmem_locking_by_name(const char *name);

/* The parts of "file", for strategies that change something else. */
int file_lock(struct task *me, struct gmem_hold *h, enum park_how how);
void file_unlock(struct task *me, struct gmem_hold *h);
void file_lock_file(struct task *me, struct gmem_hold *h);
int file_lock_shared(struct task *me, struct gmem_hold *h, enum park_how how);
void file_unlock_shared(struct task *me, struct gmem_hold *h);
bool file_fault_retry(struct task *me, struct gmem_hold *h);

/* And of "chunk". */
pgoff_t chunk_cut(const struct gmem_inode *inode, const struct gmem_change *change, pgoff_t end);

/* --- for users --- */

/**
 * gmem_lock - [@start, @end) is about to change: nobody else changes it or looks at it.
 *
 * Context: may sleep, uninterruptibly.
 */
static inline void gmem_lock(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end,
			     struct gmem_hold *h)
{
	h->inode = inode;
	h->start = start;
	h->end = end;
	inode->locking->lock(me, h, PARK_SLEEP);
}

static inline void gmem_unlock(struct task *me, struct gmem_hold *h)
{
	h->inode->locking->unlock(me, h);
}

/**
 * gmem_lock_file - bindings, the list of files or the inode itself are about to change.
 *
 * Context: may sleep, uninterruptibly.
 */
static inline void gmem_lock_file(struct task *me, struct gmem_inode *inode, struct gmem_hold *h)
{
	h->inode = inode;
	h->start = 0;
	h->end = GMEM_INDEX_MAX;
	inode->locking->lock_file(me, h);
}

static inline void gmem_unlock_file(struct task *me, struct gmem_hold *h)
{
	h->inode->locking->unlock_file(me, h);
}

/**
 * gmem_lock_shared - nobody changes [@start, @end) or the bindings; others may look, too.
 *
 * Context: may sleep, uninterruptibly.
 */
static inline void gmem_lock_shared(struct task *me, struct gmem_inode *inode, pgoff_t start,
				    pgoff_t end, struct gmem_hold *h)
{
	h->inode = inode;
	h->start = start;
	h->end = end;
	inode->locking->lock_shared(me, h, PARK_SLEEP);
}

static inline void gmem_unlock_shared(struct task *me, struct gmem_hold *h)
{
	h->inode->locking->unlock_shared(me, h);
}

/**
 * gmem_fault_begin - a fault begins to look for the page at @index.
 *
 * Context: may sleep, uninterruptibly.
 */
static inline void gmem_fault_begin(struct task *me, struct gmem_inode *inode, pgoff_t index,
				    struct gmem_hold *h)
{
	h->inode = inode;
	h->start = index;
	h->end = index + 1;
	inode->locking->fault_begin(me, h, PARK_SLEEP);
}

/* The folio is there, with a reference.  Return: true: give it back and look again. */
static inline bool gmem_fault_retry(struct task *me, struct gmem_hold *h)
{
	return h->inode->locking->fault_retry(me, h);
}

static inline void gmem_fault_end(struct task *me, struct gmem_hold *h)
{
	h->inode->locking->fault_end(me, h);
}

/**
 * gmem_lock_cut - how far the hold that begins at change->start is to go, of a change up to @end.
 */
static inline pgoff_t gmem_lock_cut(const struct gmem_inode *inode,
				    const struct gmem_change *change, pgoff_t end)
{
	const struct gmem_locking_ops *ops = inode->locking;

	return ops->cut ? ops->cut(inode, change, end) : end;
}

/* Around all holds of a conversion, if the strategy has it so. */
static inline void gmem_lock_open(struct task *me, struct gmem_inode *inode, pgoff_t start,
				  pgoff_t end)
{
	if (unlikely(inode->locking->open))
		inode->locking->open(me, inode, start, end);
}

static inline void gmem_lock_close(struct task *me, struct gmem_inode *inode, pgoff_t start,
				   pgoff_t end)
{
	if (unlikely(inode->locking->close))
		inode->locking->close(me, inode, start, end);
}

/*
 * The invalidation of one hold of a conversion; nothing where one is open around all of them.  In
 * between the hold zaps.
 */
static inline void gmem_piece_begin(struct task *me, struct gmem_inode *inode, pgoff_t start,
				    pgoff_t end)
{
	if (likely(!inode->locking->open))
		gmem_open_invalidation(me, inode, start, end);
}

static inline void gmem_piece_end(struct task *me, struct gmem_inode *inode, pgoff_t start,
				  pgoff_t end)
{
	if (likely(!inode->locking->open))
		gmem_invalidate_end(me, inode, start, end);
}

static inline int gmem_prepare(struct task *me, struct gmem_inode *inode,
			       struct gmem_change *change)
{
	return inode->locking->prepare ? inode->locking->prepare(me, inode, change) : 0;
}

static inline void gmem_unprepare(struct task *me, struct gmem_inode *inode,
				  struct gmem_change *change)
{
	if (inode->locking->unprepare)
		inode->locking->unprepare(me, inode, change);
}

#endif

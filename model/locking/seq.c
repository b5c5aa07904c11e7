// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/locking/seq.c - locking = seq: faults take no lock unless their page is being changed.
 *
 * A change holds the file's lock as ever, and says for how long and of which range: an odd sequence
 * and [start, end).  A fault outside of that range looks up its page with nothing held, takes its
 * reference, and looks at the sequence again; if that has moved, it gives the page back and begins
 * anew.  Inside of the range it waits for the lock.
 *
 * Invariants:
 *  - the sequence moves, with a full barrier, before a change looks at reference counts, and a
 *    fault looks at it after it has taken its reference: one of the two sees the other (K4);
 *  - one open range: changes have the file's lock exclusively;
 *  - where folios split and merge, a fault that is inside when the range is opened would meet a
 *    frozen folio and spin for it in its RCU section, while HVO waits for that section's end.  So
 *    there a change waits for all faults that began before: that is what SRCU is for;
 *  - a fault that has been overtaken SEQ_RETRIES times takes the lock: no starvation.
 *
 * Upstream: none; the KVM half of it is mmu_invalidate_retry_gfn()
 * Fidelity: simplified: a design under review
 */
#include "model/locking/locking.h"

#include "sim/atomic.h"
#include "sim/srcu.h"

#define SEQ_RETRIES 4

/* What a fault holds. */
enum { SEQ_NOTHING, SEQ_SRCU, SEQ_FILE };

struct gmem_seq {
	/* constant after init */
	u32 obj;
	/* written under the file's lock held exclusively, read without */
	u64 seq; /* odd: the range is being changed */
	pgoff_t start, end;
	/* faults on their way through files whose folios split and merge */
	struct srcu_struct srcu;
};

static struct gmem_seq *seq_of(const struct gmem_inode *inode)
{
	return inode->locking_data;
}

/* Do the folios of this file change their size? */
static bool seq_drains(const struct gmem_inode *inode)
{
	return inode->page_order != 0;
}

static int seq_init(struct task *me, struct gmem_inode *inode)
{
	struct gmem_seq *s = sim_zalloc(me->sim, sizeof(*s));

	s->obj = sim_new_obj(me->sim);
	if (seq_drains(inode)) {
		init_srcu_struct(me->sim, &s->srcu, "gmem_inode->fault_srcu");
		/*
		 * Who waits for these readers does not wait for those of kvm->srcu, which are in
		 * the other domain.  Upstream who waits holds no mutex at all; a worker does.
		 */
		mutex_init(me->sim, &s->srcu.gp_mutex, "fault_srcu_gp_mutex");
	}
	inode->locking_data = s;
	return 0;
}

static void seq_open(struct task *me, const struct gmem_hold *h)
{
	u64 pages = gmem_huge_pages(h->inode);
	struct gmem_seq *s = seq_of(h->inode);

	WRITE_ONCE(me, s->obj, s->start, round_down(h->start, pages));
	store_release(s->end, h->end == GMEM_INDEX_MAX ? h->end : round_up(h->end, pages));
	/* One of a fault's reference and this is seen by the other side. */
	atomic_add_return(me, s->obj, &s->seq, 1);
	if (seq_drains(h->inode)) {
		sim_step(me, "wait for faults");
		synchronize_srcu(me, &s->srcu);
		sim_step(me, NULL);
	}
}

static int seq_lock(struct task *me, struct gmem_hold *h, enum park_how how)
{
	int r = file_lock(me, h, how);

	if (!r)
		seq_open(me, h);
	return r;
}

static void seq_lock_file(struct task *me, struct gmem_hold *h)
{
	seq_lock(me, h, PARK_SLEEP);
}

static void seq_unlock(struct task *me, struct gmem_hold *h)
{
	struct gmem_seq *s = seq_of(h->inode);

	atomic_add_return(me, s->obj, &s->seq, 1);
	file_unlock(me, h);
}

/* The sequence, and whether @index is being changed. */
static u64 seq_begin(struct task *me, struct gmem_seq *s, pgoff_t index, bool *busy)
{
	u64 seq, start, end;

	do {
		seq = READ_ONCE(me, s->obj, s->seq);
		start = load_acquire(s->start);
		end = load_acquire(s->end);
	} while (load_acquire(s->seq) != seq);
	*busy = (seq & 1) && index >= start && index < end;
	return seq;
}

static int seq_fault_begin(struct task *me, struct gmem_hold *h, enum park_how how)
{
	struct gmem_seq *s = seq_of(h->inode);
	bool busy = h->tries > SEQ_RETRIES;

	h->word[0] = SEQ_NOTHING;
	if (seq_drains(h->inode)) {
		h->word[0] = SEQ_SRCU;
		h->word[2] = srcu_read_lock(me, &s->srcu);
	}
	if (!busy)
		h->word[1] = seq_begin(me, s, h->start, &busy);
	if (!busy)
		return 0;
	if (h->word[0] == SEQ_SRCU)
		srcu_read_unlock(me, &s->srcu, (u32)h->word[2]);
	h->word[0] = SEQ_FILE;
	return file_lock_shared(me, h, how);
}

static bool seq_fault_retry(struct task *me, struct gmem_hold *h)
{
	struct gmem_seq *s = seq_of(h->inode);

	/* Who opens a range waits for those in the SRCU section: their lookup was before. */
	if (h->word[0] != SEQ_NOTHING || bug(me, BUG_SEQ_NO_RECHECK))
		return false;
	/* Pairs with the barrier of seq_open(). */
	if (atomic_add_return(me, s->obj, &s->seq, 0) == h->word[1])
		return false;
	h->tries++;
	return true;
}

static void seq_fault_end(struct task *me, struct gmem_hold *h)
{
	if (h->word[0] == SEQ_FILE)
		file_unlock_shared(me, h);
	else if (h->word[0] == SEQ_SRCU)
		srcu_read_unlock(me, &seq_of(h->inode)->srcu, (u32)h->word[2]);
}

static const char *seq_refuse(enum kernel_design kernel, u64 argument)
{
	if (kernel == KERNEL_MAINLINE)
		return "faults of that kernel take no lock of the file anyway; use file";
	return NULL;
}

const struct gmem_locking_ops gmem_locking_seq = {
	.name = "seq",
	.help = "faults without a lock, but for the range being changed",
	.lock_class = "mapping.invalidate_lock",
	.lockless = true,
	.refuse = seq_refuse,
	.init = seq_init,
	.lock = seq_lock,
	.unlock = seq_unlock,
	.lock_file = seq_lock_file,
	.unlock_file = seq_unlock,
	.lock_shared = file_lock_shared,
	.unlock_shared = file_unlock_shared,
	.fault_begin = seq_fault_begin,
	.fault_retry = seq_fault_retry,
	.fault_end = seq_fault_end,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/locking/bucket.c - locking = bucket:N: N rw_semaphores, one for every N-th huge page.
 *
 * The file's lock is left as a gate that everybody holds shared, and who needs the whole file, or
 * more than BUCKET_SPAN buckets, holds exclusively: a task cannot hold as many locks as there may
 * be buckets (lockdep's MAX_LOCK_DEPTH is 48).  A fault takes two locks instead of one.
 *
 * Invariants:
 *  - a bucket is a huge page's, 2M where the file has none: all indices of a huge page are in one
 *    bucket (K2);
 *  - the gate comes first; several buckets are taken in ascending order of their numbers, whatever
 *    the range is, so two changes cannot wait for each other;
 *  - neighbouring huge pages are in different buckets.
 *
 * Upstream: none; the table of fault mutexes in mm/hugetlb.c is the model
 * Fidelity: simplified: a design under review
 */
#include "model/locking/locking.h"

/* More buckets than that are not taken one by one. */
#define BUCKET_SPAN 8

struct buckets {
	/* constant after init */
	u32 nr;
	/* have locks of their own */
	struct rw_semaphore sem[];
};

static int bucket_init(struct task *me, struct gmem_inode *inode)
{
	u32 nr = (u32)inode->machine->cfg.locking_arg;
	struct buckets *b = sim_zalloc(me->sim, sizeof(*b) + nr * sizeof(b->sem[0]));

	b->nr = nr;
	for (u32 i = 0; i < nr; i++)
		init_rwsem(me->sim, &b->sem[i], "mapping.invalidate_bucket", LOCKC_STEPS);
	inode->locking_data = b;
	return 0;
}

/* The buckets of a hold: @nr of them from @first on, behind the last one comes the first. */
struct bucket_span {
	/* written by bucket_span() */
	struct buckets *b;
	u32 first, nr;
};

static u32 bucket_order(const struct gmem_inode *inode)
{
	return inode->page_order ? inode->page_order : PMD_ORDER;
}

static struct bucket_span bucket_span(const struct gmem_hold *h)
{
	u32 shift = bucket_order(h->inode);
	struct buckets *b = h->inode->locking_data;
	u64 first = h->start >> shift, last = (h->end - 1) >> shift;

	return (struct bucket_span){
		.b = b,
		.first = (u32)(first % b->nr),
		.nr = (u32)min(last - first + 1, (u64)b->nr),
	};
}

static bool bucket_in(const struct bucket_span *s, u32 i)
{
	return (i + s->b->nr - s->first) % s->b->nr < s->nr;
}

/* The @n-th of all buckets to be looked at: in ascending order, or (bug) from the span's first. */
static u32 bucket_nth(const struct task *me, const struct bucket_span *s, u32 n)
{
	return bug(me, BUG_BUCKET_ORDER) ? (s->first + n) % s->b->nr : n;
}

static bool bucket_is_wide(const struct bucket_span *s)
{
	return s->nr > BUCKET_SPAN;
}

static void bucket_give_back(struct task *me, const struct bucket_span *s, u32 n)
{
	while (n--) {
		u32 i = bucket_nth(me, s, n);

		if (bucket_in(s, i))
			up_write(me, &s->b->sem[i]);
	}
}

static int bucket_change(struct task *me, struct gmem_hold *h, enum park_how how)
{
	struct bucket_span s = bucket_span(h);
	int r;

	if (bucket_is_wide(&s))
		return file_lock(me, h, how);
	r = file_lock_shared(me, h, how);
	if (r)
		return r;
	for (u32 n = 0; n < s.b->nr; n++) {
		u32 i = bucket_nth(me, &s, n);

		if (!bucket_in(&s, i))
			continue;
		if (how == PARK_SLEEP)
			down_write(me, &s.b->sem[i]);
		else
			r = down_write_killable(me, &s.b->sem[i]);
		if (r) {
			bucket_give_back(me, &s, n);
			file_unlock_shared(me, h);
			return r;
		}
	}
	return 0;
}

static void bucket_change_done(struct task *me, struct gmem_hold *h)
{
	struct bucket_span s = bucket_span(h);

	if (bucket_is_wide(&s)) {
		file_unlock(me, h);
		return;
	}
	bucket_give_back(me, &s, s.b->nr);
	file_unlock_shared(me, h);
}

/* Faults, memory errors and, because of bucket_cut(), allocations have one bucket. */
static int bucket_shared(struct task *me, struct gmem_hold *h, enum park_how how)
{
	struct bucket_span s = bucket_span(h);
	int r;

	SIM_ASSERT(s.nr == 1);
	r = file_lock_shared(me, h, how);
	if (r)
		return r;
	if (how == PARK_SLEEP)
		down_read(me, &s.b->sem[s.first]);
	else
		r = down_read_killable(me, &s.b->sem[s.first]);
	if (r)
		file_unlock_shared(me, h);
	return r;
}

static void bucket_shared_done(struct task *me, struct gmem_hold *h)
{
	struct bucket_span s = bucket_span(h);

	up_read(me, &s.b->sem[s.first]);
	file_unlock_shared(me, h);
}

/* An allocation goes from bucket to bucket; a change has all of them at once. */
static pgoff_t bucket_cut(const struct gmem_inode *inode, const struct gmem_change *change,
			  pgoff_t end)
{
	if (change->kind != GMEM_ALLOCATE)
		return end;
	return min(round_down(change->start, 1ull << bucket_order(inode)) +
			   (1ull << bucket_order(inode)),
		   end);
}

static const char *bucket_refuse(enum kernel_design kernel, u64 argument)
{
	if (argument > 1024)
		return "more than 1024 buckets cost more memory than they save time";
	return NULL;
}

const struct gmem_locking_ops gmem_locking_bucket = {
	.name = "bucket",
	.argument = "N",
	.help = "bucket:N: N rw_semaphores, by huge page",
	.lock_class = "mapping.invalidate_bucket",
	.parallel = true,
	.refuse = bucket_refuse,
	.init = bucket_init,
	.lock = bucket_change,
	.unlock = bucket_change_done,
	.lock_file = file_lock_file,
	.unlock_file = file_unlock,
	.lock_shared = bucket_shared,
	.unlock_shared = bucket_shared_done,
	.fault_begin = bucket_shared,
	.fault_retry = file_fault_retry,
	.fault_end = bucket_shared_done,
	.cut = bucket_cut,
};

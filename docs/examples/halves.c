// SPDX-License-Identifier: GPL-2.0-only
/*
 * halves.c - the strategy of docs/new-strategy.md: a lock for each half of the file.
 *
 * Invariants: the halves meet at a huge page; both locks are taken in ascending order.
 */
#include "model/locking/locking.h"

struct halves {
	/* constant after init */
	pgoff_t middle;
	/* have locks of their own */
	struct rw_semaphore sem[2];
};

static int halves_init(struct task *me, struct gmem_inode *inode)
{
	struct halves *hv = sim_zalloc(me->sim, sizeof(*hv));

	hv->middle = round_down(gmem_size_pages(inode) / 2, gmem_huge_pages(inode));
	for (u32 i = 0; i < 2; i++)
		init_rwsem(me->sim, &hv->sem[i], "mapping.invalidate_half", LOCKC_STEPS);
	inode->locking_data = hv;
	return 0;
}

/* Has @h to do with half @i? */
static bool has_half(const struct gmem_hold *h, u32 i)
{
	const struct halves *hv = h->inode->locking_data;

	return i ? h->end > hv->middle : h->start < hv->middle;
}

static void halves_give_back(struct task *me, struct gmem_hold *h, enum lock_mode mode)
{
	struct halves *hv = h->inode->locking_data;

	for (u32 i = 2; i-- > 0;) {
		if (has_half(h, i) && mode == LOCK_WRITE)
			up_write(me, &hv->sem[i]);
		else if (has_half(h, i))
			up_read(me, &hv->sem[i]);
	}
}

static int halves_take(struct task *me, struct gmem_hold *h, enum lock_mode mode, enum park_how how)
{
	struct halves *hv = h->inode->locking_data;

	SIM_ASSERT(how == PARK_SLEEP); /* nobody asks for less; -EINTR would go here */
	for (u32 i = 0; i < 2; i++) {
		if (has_half(h, i) && mode == LOCK_WRITE)
			down_write(me, &hv->sem[i]);
		else if (has_half(h, i))
			down_read(me, &hv->sem[i]);
	}
	return 0;
}

static int change(struct task *me, struct gmem_hold *h, enum park_how how)
{
	return halves_take(me, h, LOCK_WRITE, how);
}

static void change_done(struct task *me, struct gmem_hold *h)
{
	halves_give_back(me, h, LOCK_WRITE);
}

/* The range of the whole file has both halves. */
static void file(struct task *me, struct gmem_hold *h)
{
	halves_take(me, h, LOCK_WRITE, PARK_SLEEP);
}

static int look(struct task *me, struct gmem_hold *h, enum park_how how)
{
	return halves_take(me, h, LOCK_READ, how);
}

static void look_done(struct task *me, struct gmem_hold *h)
{
	halves_give_back(me, h, LOCK_READ);
}

const struct gmem_locking_ops gmem_locking_halves = {
	.name = "halves", .help = "a lock for each half of the file",
	.lock_class = "mapping.invalidate_half", .parallel = true, .init = halves_init,
	.lock = change, .unlock = change_done,
	.lock_file = file, .unlock_file = change_done,
	.lock_shared = look, .unlock_shared = look_done,
	.fault_begin = look, .fault_retry = file_fault_retry, .fault_end = look_done,
};

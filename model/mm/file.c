// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/file.c - the reference count of struct file.
 *
 * Invariant: once the count has been 0 it never rises again.
 *
 * Upstream: fs/file_table.c, fs/file.c
 * Fidelity: simplified (see the header)
 */
#include "model/mm/file.h"

void file_init(struct machine *m, struct file *file, const struct file_operations *f_op,
	       struct address_space *mapping)
{
	file->f_op = f_op;
	file->f_mapping = mapping;
	file->f_id = sim_new_obj(m->sim);
	file->f_count = 1;
	sim_life_begin(&file->life);
}

bool get_file_active(struct task *me, struct file *file)
{
	u32 old;

	sim_point(me, file->f_id, SIM_BORROW);
	old = load_acquire(file->f_count);
	do {
		if (!old)
			return false;
	} while (!step_try_cmpxchg(me, &file->f_count, &old, old + 1));
	return true;
}

void get_file(struct task *me, struct file *file)
{
	if (unlikely(!get_file_active(me, file)))
		sim_finding(me->sim, me, "lifetime", "new reference to file %u, which is closed",
			    file->f_id);
}

void fput(struct task *me, struct file *file)
{
	u32 old;

	if (!sim_life_check(me, &file->life, "file"))
		return;
	sim_point(me, file->f_id, SIM_RETURN);
	old = step_add_return(me, &file->f_count, -1) + 1;
	SIM_ASSERT(old > 0);
	if (old > 1)
		return;
	sim_round_lasts(me);
	sim_life_end(&file->life);
	file->f_op->release(me, file);
}

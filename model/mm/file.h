/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/file.h - struct file, as far as memory needs it: a count, a mapping, what to do at mmap
 * and at the last fput.
 *
 * A file lives inside its owner's structure (struct gmem_file).
 *
 * Upstream: include/linux/fs.h, fs/file_table.c
 * Fidelity: simplified: the last fput() calls release() at once, in the caller's context, instead
 * of from task work; callers in mm therefore drop their references with no lock held
 */
#ifndef MODEL_MM_FILE_H
#define MODEL_MM_FILE_H

#include "model/machine.h"

struct file;
struct address_space;
struct vm_area_struct;

struct file_operations {
	/* constant */
	s64 (*fallocate)(struct task *me, struct file *file, u32 mode, s64 offset, s64 len);
	int (*mmap)(struct task *me, struct file *file, struct vm_area_struct *vma);
	void (*release)(struct task *me, struct file *file);
	bool noexec; /* lies on a mount without exec */
};

struct file {
	/* constant */
	const struct file_operations *f_op;
	struct address_space *f_mapping;
	u32 f_id; /* object number */

	u32 f_count; /* atomic */
	struct sim_life life;
};

/* One reference, the caller's (the file descriptor's). */
void file_init(struct machine *m, struct file *file, const struct file_operations *f_op,
	       struct address_space *mapping);
void get_file(struct task *me, struct file *file);

/**
 * get_file_active - a reference, unless the last one is already gone.
 *
 * Upstream: fs/file.c:get_file_active
 * Fidelity: faithful
 */
bool get_file_active(struct task *me, struct file *file);

/**
 * fput - drop a reference; the last one calls release().
 *
 * Context: may sleep; no lock held that release() takes.
 */
void fput(struct task *me, struct file *file);

#endif

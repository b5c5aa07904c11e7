/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/task_work.h - work that a task does on its way back to user mode.
 *
 * The last fput() of a file happens anywhere, also with slots_lock or an SRCU section held, which
 * releasing a guest_memfd would want to wait for.  The kernel puts the release off to the return
 * to user mode; so does the model, or it would find deadlocks that do not exist.
 *
 * Invariants: works run in the order they were added, with no lock held, in the task that added
 * them; a task that has ended has none left.
 *
 * Upstream: kernel/task_work.c, kernel/entry/common.c:exit_to_user_mode_loop, xfer_to_guest_mode
 * Fidelity: simplified: only a task's own works (no TWA_SIGNAL, no cancel); kernel actors, whose
 * files go through a workqueue, run them themselves
 */
#ifndef MODEL_TASK_WORK_H
#define MODEL_TASK_WORK_H

#include "sim/task.h"

struct callback_head {
	/* written by the task that owns the work */
	struct callback_head *next;
	void (*func)(struct task *me, struct callback_head *work);
};

/**
 * task_work_add - have @func called before @me returns to user mode.
 *
 * Context: any.
 */
void task_work_add(struct task *me, struct callback_head *work,
		   void (*func)(struct task *me, struct callback_head *work));

/**
 * task_work_run - do what was put off.  Each operation of model/ops.h ends with it, and a vCPU
 * does it before it enters the guest, outside its SRCU section.
 *
 * Context: no lock held, may sleep.
 */
void task_work_run(struct task *me);

#endif

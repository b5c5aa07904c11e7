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

#include "sim/engine.h"

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

/**
 * signal_deliver - what a pending signal does on the return to user mode: a handler runs, which
 * makes no difference to memory, or the task dies.  Who plays user space calls it between
 * operations; until then a signal stays pending, and interrupts whatever looks for it.
 *
 * Upstream: kernel/signal.c:get_signal, arch/x86/kernel/signal.c:arch_do_signal_or_restart
 * Fidelity: simplified: one signal, always with a handler, and SIGKILL; nothing is blocked.  An
 * interrupted call is not restarted: the caller sees -EINTR
 * Return: false if @me has been killed: it does nothing more.
 */
static inline bool signal_deliver(struct task *me)
{
	u8 one = 1;

	if (likely(!signal_pending(me)))
		return true;
	return !fatal_signal_pending(me) &&
	       __atomic_compare_exchange_n(&me->sigpending, &one, 0, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

#endif

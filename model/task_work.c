// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/task_work.c - see task_work.h.
 */
#include "model/task_work.h"

#include "model/machine.h"

void task_work_add(struct task *me, struct callback_head *work,
		   void (*func)(struct task *me, struct callback_head *work))
{
	struct actor *actor = me->model;
	struct callback_head **tail;

	work->next = NULL;
	work->func = func;
	SIM_ASSERT(actor);
	for (tail = &actor->task_works; *tail; tail = &(*tail)->next)
		;
	*tail = work;
}

void task_work_run(struct task *me)
{
	struct actor *actor = me->model;
	struct callback_head *work;

	while (actor && (work = actor->task_works)) {
		actor->task_works = work->next;
		work->func(me, work);
	}
}

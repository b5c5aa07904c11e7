/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/replay/internal.h - what the parts of the replay share.
 *
 * build.c makes a struct replay from a trace, setup.c brings the machine into its initial state
 * outside of time, interp.c walks the operations of each task, verbs_*.c perform them, expect.c
 * compares results, final.c conditions.  objects.c is the processes' table of files, mappings and
 * pins; sync.c has the signals, barriers and guest spinlocks of the trace language.
 *
 * Invariants: nothing here calls GLib or allocates outside the simulation while tasks run; whatever
 * two tasks share is under replay->lock or is one of sim's own primitives.
 */
#ifndef TOOLS_REPLAY_INTERNAL_H
#define TOOLS_REPLAY_INTERNAL_H

#include "model/ops.h"
#include "sim/wait.h"
#include "tools/replay/replay.h"

struct replay;

struct rp_process {
	/* constant after set-up */
	const char *name;
	struct mm_struct *mm;
	bool is_child; /* some "fork" makes it */
	struct wait_queue_head wait; /* for changes of state */
	u32 state;		     /* atomic: enum process_state */
	/* protected by replay->lock */
	u32 nr_left; /* threads that have not ended */
	bool killed; /* ... and none of them will go on */
	s64 status;  /* what "join" answers: 0, or the signal that ended it */
};

/* A memslot as the trace's operations made it. */
struct rp_slot {
	/* protected by replay->lock */
	struct list_head node;
	u32 id;
	u32 gmem;
	u64 gpa, len, offset;
	hva_t hva;
	u32 flags; /* further bits of the call's word */
	bool present;
};

struct rp_unaccepted;
struct rp_vmm_thread;

/* accept = eager: the other vCPUs come up when memory is there. */
struct rp_boot {
	struct wait_queue_head wait;
	u32 done; /* atomic */
};

struct rp_vm {
	/* constant after set-up */
	const struct trace_vm *trace;
	struct vm *vm;
	u32 process;
	struct rp_vmm_thread *vmm_thread; /* NULL: vCPUs convert themselves */
	struct rp_unaccepted *unaccepted; /* NULL, but for accept = lazy */
	struct rp_boot *boot;		  /* NULL, but for accept = eager */
	/* protected by replay->lock */
	struct list_head slots;
};

enum rp_kind { RP_FILE, RP_MAPPING, RP_PIN };
enum rp_pin { RP_PIN_GUP, RP_PIN_PIPE, RP_PIN_IOMMU };

/*
 * What a name of the trace stands for in a process: an open file, a mapping, a pin.  The name
 * TRACE_NONE is nobody's: an object that was made without "as=".
 */
struct rp_object {
	/* constant after it is on the list */
	u8 kind; /* enum rp_kind */
	u8 how;	 /* enum rp_pin */
	u32 name;
	u32 actor; /* who made it; TRACE_NONE: set-up */
	u32 process;
	u32 gmem;
	u32 obj; /* object number, for dependency */
	u64 offset, len;
	hva_t hva;
	struct gmem_file *file;
	struct pin *pin;
	/* protected by replay->lock */
	struct list_head node;
	u32 users; /* operations that use it, and 1 while it is open */
};

struct rp_signal {
	struct wait_queue_head wait;
	u32 raised; /* atomic */
};

struct rp_barrier {
	struct wait_queue_head wait;
	u32 parties;
	/* protected by replay->lock */
	u32 arrived;
	u32 round; /* atomic */
};

/* A spinlock of the guest: FIFO, its waiters spin in guest mode. */
struct rp_guest_lock {
	struct lockdep_map dep_map;
	/* protected by guard */
	struct sim_guard guard;
	bool held;
	bool irqs_off; /* written by who holds it: since it took it */
	struct list_head waiters;
};

/* What a vCPU spins for is no signal. */
#define RP_ANY (TRACE_NONE - 1)

/* One task of the simulation. */
struct rp_actor {
	/* constant after set-up */
	struct replay *r;
	const struct trace_task *trace;
	u32 id, instance;
	u32 process;
	struct rp_vm *vm; /* NULL: a host task of no VM */
	struct task *task;
	/* written by the task itself */
	u64 ops, errors;
	sim_ns latency_ns; /* of the longest */
	const struct trace_op *fail_op; /* the last "fail" */
	bool killed;
	/* atomic: the signal that a vCPU of a TD halts or spins for, RP_ANY or TRACE_NONE */
	u32 halts, spins;
};

struct replay {
	/* constant after set-up */
	const struct trace *trace;
	struct replay_options opt;
	enum trace_kernel kernel;
	char locking[48]; /* as text: chunk:2M */
	const char *locking_name;
	u64 locking_arg;
	struct sim *sim;
	struct machine *machine;
	struct rp_process *processes;
	u32 nr_processes;
	struct rp_vm *vms;
	struct rp_actor *actors;
	u32 nr_actors;
	bool has_tds;
	struct rp_signal *signals;
	struct rp_barrier *barriers;
	struct rp_guest_lock *guest_locks; /* [vm * n_locks + name] */
	struct trace_errors *errs;	   /* NULL once the run has begun */
	enum cost_source cost_kind[NR_COSTS];
	char *cost_source[NR_COSTS]; /* owned; NULL: nobody states it */

	/* protected by lock */
	struct sim_guard lock;
	struct list_head objects; /* struct rp_object, newest first */
	u32 nr_born; /* tasks of processes that exist, and that have not ended */

	/* constant after set-up: what the replay was like then, or NULL */
	struct replay *kept;
};

/* Whose status an answer came with. */
enum rp_status { RP_NO_STATUS, RP_STATUS_MODULE, RP_STATUS_VMCALL };

/* What an operation answered, in the terms that expect= uses. */
struct rp_result {
	/* written by the verb */
	s64 ret;
	bool is_read; /* first_byte of info counts */
	u8 has_status; /* enum rp_status */
	u64 status;
	u32 has;      /* bit per enum trace_field_id */
	u64 field[TRACE_FIELD_NR];
	struct access_info info;
};

/* One operation on its way. */
struct rp_call {
	/* constant for one operation */
	struct rp_actor *a;
	struct task *me;
	const struct trace_op *op;
	const struct trace_env *env;
	struct rp_result *res;
};

typedef s64 (*rp_verb_fn)(struct rp_call *c);

/* --- build.c --- */
void rp_error(struct replay *r, u32 line, u32 col, const char *fmt, ...) __printf(4, 5);
u32 rp_actor_total(const struct trace *t);
/* Has the machine a TDX module? */
bool rp_has_module(const struct replay *r);

/* watch.c: the watchdogs of the host and of the guests */
void rp_watchdog_config(const struct trace_watchdog *t, struct watchdog_config *cfg);
void rp_check_watchdogs(struct replay *r);
void rp_watch_guests(struct replay *r);
bool rp_watchdog_excused(const struct trace *t, const char *rule);

/* --- costs.c --- */
bool rp_load_costs(struct replay *r, struct cost_table *table);
void rp_watch_costs(struct replay *r);
void rp_free_costs(struct replay *r);

/* --- setup.c --- */
bool rp_set_up(struct replay *r);
/* Did the kernel refuse what the initial state needs?  Then that is an error of the trace. */
bool rp_set_up_failed(struct replay *r, struct trace_loc loc, const char *what, s64 ret);

/* --- setup_td.c --- */
bool rp_set_up_td(struct replay *r, struct task *me, struct task *vcpu0, u32 i);

/* setup_memory.c.  What is done to each piece of memory; 0 or an errno. */
typedef s64 (*rp_piece_fn)(struct task *me, struct rp_vm *vm, gpa_t gpa, u64 len);
s64 rp_make_mapped(struct task *me, struct rp_vm *vm, gpa_t gpa, u64 len);
bool rp_each_range(struct replay *r, struct task *me, u32 i, const struct trace_ranges *ranges,
		   const char *what, rp_piece_fn fn);

/* --- interp.c --- */
void rp_task_main(struct task *me, void *arg);

static inline u64 rp_arg(const struct rp_call *c, enum trace_arg_id id, u64 otherwise)
{
	return trace_op_u64(c->a->r->trace, c->op, id, otherwise, c->env);
}

static inline const struct trace_arg *rp_has(const struct rp_call *c, enum trace_arg_id id)
{
	return trace_op_arg(c->a->r->trace, c->op, id);
}

/* backing=4K|2M|1G as the order of a page. */
static inline u32 rp_page_order(u64 backing)
{
	return (u32)__builtin_ctzll(backing / PAGE_SIZE);
}

/* The index of a name, or TRACE_NONE. */
static inline u32 rp_name(const struct rp_call *c, enum trace_arg_id id)
{
	const struct trace_arg *arg = rp_has(c, id);

	return arg ? arg->index : TRACE_NONE;
}

static inline void rp_field(struct rp_call *c, enum trace_field_id id, u64 value)
{
	c->res->field[id] = value;
	c->res->has |= BIT(id);
}

/* The answer came with a status of the TDX module. */
static inline void rp_status(struct rp_call *c, u64 status)
{
	c->res->has_status = RP_STATUS_MODULE;
	c->res->status = status;
	rp_field(c, TRACE_FIELD_OPERAND, status & 0xffffffff);
}

/* --- verbs.c --- */
extern const rp_verb_fn rp_verbs[TRACE_VERB_NR];

/* --- verbs_guest.c --- */
s64 rp_do_touch(struct rp_call *c);
s64 rp_do_run(struct rp_call *c);
s64 rp_do_spin(struct rp_call *c);
s64 rp_do_halt(struct rp_call *c);
/* KVM_RUN came back because of a signal that the VMM has handled: is the guest to be entered? */
bool rp_enter_again(struct rp_call *c, s64 ret);

/* --- guest_td.c --- */
bool rp_guest_init(struct replay *r);
/* TDG.MEM.PAGE.ACCEPT of a range; @level as guest_accept(). */
s64 rp_accept(struct rp_call *c, gpa_t gpa, u64 len, int level, struct accept_info *sum);
/* accept = lazy: what is about to be touched. */
s64 rp_lazy_accept(struct rp_call *c, gpa_t gpa, u64 len);
void rp_mark_accepted(struct rp_vm *vm, gpa_t gpa, u64 len);
void rp_boot(struct task *me, struct rp_actor *a);

/* --- vmm.c --- */
bool rp_vmm_init(struct replay *r);
bool rp_slot_at(struct replay *r, struct rp_vm *vm, gpa_t gpa, struct rp_slot *copy);
s64 rp_vmm_convert(struct rp_call *c, gpa_t gpa, u64 len, bool to_private);
s64 rp_vmm_map_gpa(struct task *me, struct vm *vm, gpa_t gpa, u64 len, bool to_private, void *arg);
bool rp_vmm_fault(struct rp_call *c, s64 ret, const struct access_info *info);

/* --- verbs_tdx.c --- */
s64 rp_do_seamcall(struct rp_call *c);
s64 rp_do_accept(struct rp_call *c);
s64 rp_do_mapgpa(struct rp_call *c);
s64 rp_do_td_init(struct rp_call *c);
s64 rp_do_td_vcpu(struct rp_call *c);
s64 rp_do_finalize(struct rp_call *c);
s64 rp_do_terminate(struct rp_call *c);
/* Does the task run in a TD? */
bool rp_in_td(const struct rp_actor *a);
/* A status by its name; UINT64_MAX: there is none. */
u64 rp_status_value(const char *name);
void rp_check_seamcall(struct replay *r, const struct trace_op *op);

/* --- verbs_vmm.c --- */
s64 rp_do_allocate(struct rp_call *c);
s64 rp_do_punch(struct rp_call *c);
s64 rp_do_convert(struct rp_call *c);
s64 rp_do_bind(struct rp_call *c);
s64 rp_do_unbind(struct rp_call *c);
s64 rp_do_memslot_delete(struct rp_call *c);
s64 rp_do_attributes(struct rp_call *c);
s64 rp_do_prefault(struct rp_call *c);
s64 rp_do_populate(struct rp_call *c);
s64 rp_do_destroy(struct rp_call *c);

/* Which file does the operation mean?  TRACE_NONE only if the parser let through what has none. */
u32 rp_gmem_of(const struct rp_call *c);
/* Its newest open descriptor, in use until rp_object_put(); NULL: closed. */
struct rp_object *rp_file_get(struct rp_call *c);
/* The VM of the file, or the task's own. */
struct rp_vm *rp_vm_of(const struct rp_call *c);
s64 rp_fallocate(struct rp_call *c, u32 mode);

/* --- verbs_files.c --- */
s64 rp_do_create(struct rp_call *c);
s64 rp_do_close(struct rp_call *c);
s64 rp_do_dup(struct rp_call *c);
s64 rp_do_stat(struct rp_call *c);
s64 rp_do_io(struct rp_call *c);
s64 rp_do_counter(struct rp_call *c);
s64 rp_do_state(struct rp_call *c);
/* Are the free words of an operation known? */
void rp_check_words(struct replay *r, const struct trace_op *op);

/* --- process.c --- */
void rp_processes_init(struct replay *r);
/* Wait until the task's process exists; false: it never will. */
bool rp_process_begin(struct task *me, struct rp_actor *a);
/* Before an operation: 0, or what the process is answered because the VM is another's. */
s64 rp_process_may(struct rp_call *c);
/* After an operation: did a signal end the process? */
void rp_process_signal(struct rp_call *c);
void rp_process_end(struct task *me, struct rp_actor *a);
s64 rp_do_fork(struct rp_call *c);
s64 rp_do_join(struct rp_call *c);

/* --- verbs_mm.c --- */
s64 rp_do_protect(struct rp_call *c);
s64 rp_do_mlock(struct rp_call *c);
s64 rp_do_munlock(struct rp_call *c);
s64 rp_do_mmap(struct rp_call *c);
s64 rp_do_munmap(struct rp_call *c);
s64 rp_do_access(struct rp_call *c);
s64 rp_do_pin(struct rp_call *c);
s64 rp_do_unpin(struct rp_call *c);
s64 rp_do_iommu_map(struct rp_call *c);
s64 rp_do_advise(struct rp_call *c);

/* --- verbs_host.c --- */
s64 rp_do_lru_drain(struct rp_call *c);
s64 rp_do_speculative_ref(struct rp_call *c);
s64 rp_do_memory_failure(struct rp_call *c);
s64 rp_do_kvm_access(struct rp_call *c);
s64 rp_do_migrate(struct rp_call *c);
s64 rp_do_collapse(struct rp_call *c);

/* --- objects.c --- */
struct rp_object *rp_object_new(struct replay *r, u8 kind, u32 name);
struct rp_object *rp_object_copy(struct replay *r, const struct rp_object *o);
void rp_object_publish(struct task *me, struct replay *r, struct rp_object *o);
struct rp_object *rp_file_anywhere(struct rp_call *c, u32 gmem);
struct rp_object *rp_object_get(struct rp_call *c, u8 kind, u32 name, u32 gmem);
/* Anything that a forked process still has; NULL: nothing. */
struct rp_object *rp_object_of_process(struct rp_call *c);
struct rp_object *rp_mapping_get(struct rp_call *c, u64 addr, u64 len);
s64 rp_object_put(struct rp_call *c, struct rp_object *o);
s64 rp_object_close(struct rp_call *c, struct rp_object *o);
bool rp_pinned(struct replay *r, u32 gmem, u64 offset);
hva_t rp_mapped_at(struct replay *r, u32 process, u32 gmem, u64 offset);

struct rp_slot *rp_slot_get(struct replay *r, struct rp_vm *vm, u32 id, struct rp_slot *copy);
void rp_slot_set(struct replay *r, struct rp_vm *vm, const struct rp_slot *slot);

/* --- sync.c --- */
void rp_sync_init(struct replay *r);
bool rp_signal_raised(const struct replay *r, u32 signal);
s64 rp_signal_raise(struct rp_call *c);
s64 rp_signal_wait(struct rp_call *c, u32 signal, u32 count);
s64 rp_barrier_wait(struct rp_call *c);
s64 rp_lock_guest(struct rp_call *c);
s64 rp_unlock_guest(struct rp_call *c);
/* Whoever spins in a TD for this signal, or RP_ANY, looks again. */
void rp_wake_spinners(struct rp_call *c, u32 what);
s64 rp_spin_for_signal(struct rp_call *c, u32 signal);

/* --- expect.c --- */
void rp_check_result(struct rp_call *c);
bool rp_expects_errno(const struct rp_call *c, int err);
const char *rp_result_text(const struct rp_result *res, char *buf, size_t size);

/* Does the task belong to its process, and end with it?  The host kernel and devices do not. */
bool rp_is_thread(const struct rp_actor *a);

/* --- fails.c --- */
struct rp_fail {
	/* written by the task */
	const char *site; /* what waited to fail before this operation */
	u32 nth;
};

void rp_fail_begin(struct rp_call *c, struct rp_fail *before);
void rp_fail_end(struct rp_call *c, const struct rp_fail *before);
void rp_fail_from_now(struct rp_call *c);
void rp_fail_at_exit(struct rp_actor *a);
void rp_kill(struct rp_call *c);

/* --- final.c --- */
bool rp_cond_now(const struct trace_cond *cond);
void rp_check_cond(struct replay *r, struct task *me, const struct trace_cond *cond);
void rp_check_final(struct replay *r);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verb table: every verb of the language, who may perform it, and what it
 * takes. The parser, the printer and 'gmemsim list verbs' read this table and
 * nothing else, so a new verb is one row here and its meaning in the runner.
 *
 * Invariant: a row's positional parameters come first and in writing order,
 * required before optional; named ones follow in the order they are printed.
 * A parameter is written by the name of its id (param_names[] in words.c).
 */
#include "tools/trace/trace.h"

/* clang-format off */
#define GUEST	(1u << TRACE_ACTOR_GUEST)
#define VMM	(1u << TRACE_ACTOR_VMM)
#define KERNEL	(1u << TRACE_ACTOR_KERNEL)
#define DEVICE	(1u << TRACE_ACTOR_DEVICE)
#define HOST	(VMM | KERNEL | DEVICE)
#define ALL	(GUEST | HOST)

#define POS(i, t)	{ TRACE_ARG_##i, TRACE_T_##t, TRACE_POS, false }
#define OPTPOS(i, t)	{ TRACE_ARG_##i, TRACE_T_##t, TRACE_OPT_POS, false }
#define NAMED(i, t)	{ TRACE_ARG_##i, TRACE_T_##t, TRACE_NAMED, false }
#define OPT(i, t)	{ TRACE_ARG_##i, TRACE_T_##t, TRACE_OPT, false }
#define MAKES(i, t)	{ TRACE_ARG_##i, TRACE_T_##t, TRACE_POS, true }
#define OPTMAKES(i, t)	{ TRACE_ARG_##i, TRACE_T_##t, TRACE_OPT, true }
#define FLAG(i)		{ TRACE_ARG_##i, TRACE_T_FLAG, TRACE_OPT, false }

#define ROW(v, nm, who, iss, hlp, ...)						\
	[TRACE_OP_##v] = {							\
		.name = nm, .actors = who, .issue = iss, .help = hlp,		\
		.n_params = sizeof((struct trace_param[]){ __VA_ARGS__ }) /	\
			    sizeof(struct trace_param),				\
		.params = { __VA_ARGS__ },					\
	}
#define ROW0(v, nm, who, iss, hlp)						\
	[TRACE_OP_##v] = { .name = nm, .actors = who, .issue = iss, .help = hlp }

const struct trace_verb_info trace_verbs[TRACE_VERB_NR] = {
	/* guest: addresses are guest physical */
	ROW(TOUCH, "touch", GUEST, 2, "access each page of a range",
	    POS(ATTR, ATTR), POS(ADDR, ADDR), POS(LEN, SIZE), OPTPOS(ACCESS, ACCESS),
	    OPT(VALUE, HEX)),
	ROW(ACCEPT, "accept", GUEST, 4, "TDG.MEM.PAGE.ACCEPT over a range",
	    POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(LEVEL, PAGE_SIZE)),
	ROW(MAPGPA, "mapgpa", GUEST, 4, "ask the VMM to convert a range (MapGPA)",
	    POS(ATTR, ATTR), POS(ADDR, ADDR), NAMED(LEN, SIZE)),
	ROW(RUN, "run", ALL, 2, "compute, preemptible",
	    POS(TIME, TIME)),
	ROW(SPIN, "spin", GUEST, 2, "compute without a guest scheduling point",
	    OPTPOS(TIME, TIME), OPT(UNTIL, SIGNAL), FLAG(IRQS_OFF)),
	ROW(HALT, "halt", GUEST, 2, "idle in HLT for a time or until a signal",
	    OPTPOS(TIME, TIME), OPT(UNTIL, SIGNAL), OPT(TICK, COUNT)),
	ROW(LOCK, "lock", GUEST, 2, "take a guest spinlock",
	    MAKES(NAME, LOCK), FLAG(IRQS_OFF)),
	ROW(UNLOCK, "unlock", GUEST, 2, "release a guest spinlock",
	    POS(NAME, LOCK)),

	/* VMM: addresses are offsets in the file unless called gpa */
	ROW(CREATE, "create", VMM, 2, "KVM_CREATE_GUEST_MEMFD",
	    MAKES(GMEM, GMEM), NAMED(SIZE, SIZE), OPT(BACKING, PAGE_SIZE), OPT(INIT, ATTR),
	    OPT(MMAP, BOOL), OPT(FLAGS, HEX), OPT(FD, FD), OPT(RESERVED, HEX),
	    OPT(LINK, GMEM), FLAG(SECRET), FLAG(BAD_POINTER)),
	ROW(BIND, "bind", VMM, 2, "add a memslot over a range of a file",
	    NAMED(SLOT, COUNT), NAMED(GPA, ADDR), NAMED(OFFSET, ADDR), NAMED(LEN, SIZE),
	    OPT(GMEM, GMEM), OPT(FD, FD), OPT(MAP, MAPPING), OPT(FLAGS, HEX),
	    FLAG(V1)),
	ROW(UNBIND, "unbind", VMM, 2, "remove a memslot that bind added",
	    NAMED(SLOT, COUNT)),
	ROW(CLOSE, "close", VMM, 2, "close the file descriptor",
	    OPTPOS(GMEM, GMEM), OPT(FD, FD)),
	ROW(MMAP, "mmap", VMM, 2, "map a range of the file into the process",
	    POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(GMEM, GMEM), OPT(PROT, PROT), FLAG(COW),
	    FLAG(ANON), FLAG(POPULATE), FLAG(LOCKED), FLAG(HUGETLB), FLAG(VALIDATE),
	    OPTMAKES(AS, MAPPING)),
	ROW(MUNMAP, "munmap", VMM, 2, "unmap a mapping, or a part of it",
	    POS(MAP, MAPPING), OPT(OFFSET, ADDR), OPT(LEN, SIZE)),
	ROW(ACCESS, "access", VMM | DEVICE, 2, "load or store through a mapping",
	    POS(ACCESS, ACCESS), POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(VALUE, HEX),
	    OPT(MAP, MAPPING), OPT(GMEM, GMEM), OPT(VIA, VIA)),
	ROW(CONVERT, "convert", VMM, 2, "KVM_SET_MEMORY_ATTRIBUTES2 on the file",
	    POS(ATTR, ATTR), POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(FLAGS, HEX),
	    OPT(GMEM, GMEM), OPT(ATTRS, HEX), OPT(RESERVED, HEX), OPT(VALUE, HEX),
	    FLAG(BAD_POINTER)),
	ROW(ATTRIBUTES, "attributes", VMM, 2, "KVM_SET_MEMORY_ATTRIBUTES on the VM",
	    POS(ATTR, ATTR), POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(FLAGS, HEX),
	    OPT(ATTRS, HEX)),
	ROW(ALLOCATE, "allocate", VMM, 2, "fallocate(KEEP_SIZE)",
	    POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(GMEM, GMEM), OPT(MODE, HEX)),
	ROW(PUNCH, "punch", VMM, 2, "fallocate(PUNCH_HOLE | KEEP_SIZE)",
	    POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(GMEM, GMEM)),
	ROW(POPULATE, "populate", VMM, 2, "copy initial memory into a TD",
	    POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(MAP, MAPPING), OPT(OFFSET, ADDR),
	    FLAG(MEASURE)),
	ROW(PREFAULT, "prefault", VMM, 2, "KVM_PRE_FAULT_MEMORY",
	    POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(VCPU, COUNT)),
	ROW(PIN, "pin", VMM | KERNEL | DEVICE, 2, "take page references through a mapping (GUP)",
	    POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(MAP, MAPPING), OPT(GMEM, GMEM),
	    OPT(VIA, VIA), FLAG(LONGTERM), OPTMAKES(AS, PIN)),
	ROW(UNPIN, "unpin", VMM | KERNEL | DEVICE, 2, "drop the references that pin took",
	    POS(NAME, PIN)),
	ROW(IOMMU_MAP, "iommu-map", VMM, 2, "map a range for devices",
	    POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(GMEM, GMEM), OPTMAKES(AS, PIN)),
	ROW(IOMMU_UNMAP, "iommu-unmap", VMM, 2, "undo iommu-map",
	    POS(NAME, PIN)),
	ROW(MEMSLOT_DELETE, "memslot-delete", VMM, 2, "delete a memslot; 'again' adds it back",
	    NAMED(SLOT, COUNT), FLAG(AGAIN)),
	ROW(DESTROY, "destroy", VMM, 2, "close the VM and all its files",
	    OPTPOS(VM, VM)),
	ROW(TD_INIT, "td-init", VMM, 4, "KVM_TDX_INIT_VM",
	    OPTPOS(VM, VM)),
	ROW(TD_VCPU, "td-vcpu", VMM, 4, "make a vCPU of a TD, and KVM_TDX_INIT_VCPU",
	    POS(VCPU, COUNT), OPT(VM, VM)),
	ROW(FINALIZE, "finalize", VMM, 4, "KVM_TDX_FINALIZE_VM",
	    OPTPOS(VM, VM)),
	ROW(TERMINATE, "terminate", VMM, 4, "KVM_TDX_TERMINATE_VM",
	    OPTPOS(VM, VM)),

	/* host kernel */
	ROW0(LRU_DRAIN, "lru-drain", KERNEL | VMM, 2, "lru_add_drain_all()"),
	ROW(SPECULATIVE_REF, "speculative-ref", KERNEL, 2, "take and drop a transient reference",
	    POS(ADDR, ADDR), OPT(LEN, SIZE), OPT(HOLD, TIME), OPT(GMEM, GMEM)),
	ROW(MEMORY_FAILURE, "memory-failure", GUEST | VMM | KERNEL, 2,
	    "an uncorrected memory error",
	    POS(ADDR, ADDR), OPT(GMEM, GMEM)),
	ROW(MIGRATE, "migrate", KERNEL, 2, "try to migrate the folio",
	    POS(ADDR, ADDR), OPT(LEN, SIZE), OPT(GMEM, GMEM), FLAG(COMPACT)),
	ROW(COLLAPSE, "collapse", KERNEL, 2, "khugepaged tries the range",
	    POS(ADDR, ADDR), OPT(LEN, SIZE), OPT(GMEM, GMEM)),
	ROW(KVM_ACCESS, "kvm-access", KERNEL | VMM, 3, "KVM itself accesses a guest page",
	    POS(ACCESS, ACCESS), POS(ADDR, ADDR), OPT(VALUE, HEX), OPT(HOLD, TIME)),
	ROW(SEAMCALL, "seamcall", KERNEL, 4, "raw call of the mock TDX module",
	    POS(WORD, WORD), OPT(GPA, ADDR), OPT(LEVEL, PAGE_SIZE), OPT(VM, VM),
	    OPT(OFFSET, ADDR), OPT(GMEM, GMEM), OPT(RCX, HEX), OPT(RDX, HEX), OPT(R8, HEX),
	    OPT(R9, HEX), OPT(R12, HEX), OPT(R13, HEX)),

	/* processes and files */
	ROW(FORK, "fork", VMM, 3, "fork the VMM process",
	    POS(WORD, WORD)),
	ROW(JOIN, "join", VMM, 3, "wait for a forked process",
	    POS(WORD, WORD)),
	ROW(DUP, "dup", VMM, 3, "duplicate the file descriptor",
	    OPTPOS(GMEM, GMEM)),
	ROW(STAT, "stat", VMM, 3, "fstat the file",
	    OPTPOS(GMEM, GMEM)),
	ROW(IO, "io", VMM, 3, "read, write, seek, truncate, ... on the file",
	    POS(WORD, WORD), OPT(OFFSET, ADDR), OPT(LEN, SIZE), OPT(GMEM, GMEM)),
	ROW(ADVISE, "advise", VMM, 2, "madvise a range of a mapping",
	    POS(ADVICE, ADVICE), POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(MAP, MAPPING),
	    OPT(GMEM, GMEM)),
	ROW(PROTECT, "protect", VMM, 3, "mprotect a range of a mapping",
	    POS(PROT, PROT), POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(MAP, MAPPING),
	    OPT(GMEM, GMEM)),
	ROW(MLOCK, "mlock", VMM, 3, "lock a range of a mapping into memory",
	    POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(MAP, MAPPING), OPT(GMEM, GMEM)),
	ROW(MUNLOCK, "munlock", VMM, 3, "undo mlock",
	    POS(ADDR, ADDR), NAMED(LEN, SIZE), OPT(MAP, MAPPING), OPT(GMEM, GMEM)),
	ROW(COUNTER, "counter", VMM | KERNEL, 3, "read a figure of the machine or of a VM",
	    POS(WORD, WORD), OPT(VM, VM)),
	ROW(STATE, "state", VMM | KERNEL, 3, "what an index or its folio is",
	    POS(ADDR, ADDR), OPT(GMEM, GMEM)),

	/* control */
	ROW(SLEEP, "sleep", ALL, 2, "do nothing for a time",
	    POS(TIME, TIME)),
	ROW(FOR, "for", ALL, 2, "for VAR in A..B [step=S] { ... }, B included",
	    POS(VAR, VAR), POS(FROM, BOUND), POS(TO, BOUND), OPT(STEP, BOUND)),
	ROW(REPEAT, "repeat", ALL, 2, "repeat [N] [until=SIGNAL] { ... }",
	    OPTPOS(COUNT, ROUNDS), OPT(UNTIL, SIGNAL)),
	ROW(USE, "use", ALL, 2, "perform a [preamble]",
	    POS(PREAMBLE, PREAMBLE)),
	ROW(SIGNAL, "signal", ALL, 2, "raise a signal; it stays raised",
	    MAKES(NAME, SIGNAL)),
	ROW(WAIT, "wait", ALL, 2, "wait until a signal was raised, count=N times",
	    POS(NAME, SIGNAL), OPT(COUNT, COUNT)),
	ROW(BARRIER, "barrier", ALL, 2, "wait for all tasks that name the barrier",
	    MAKES(NAME, BARRIER)),
	ROW(EXPECT, "expect", ALL, 2, "check a condition now",
	    POS(COND, COND)),
	ROW(FAIL, "fail", ALL, 2, "make the N-th pass of a fail point fail, from now on",
	    POS(FAIL, FAIL)),
	ROW(KILL, "kill", ALL, 3, "send a signal to a task; 'fatal': SIGKILL, to its process",
	    POS(TASK, WORD), FLAG(FATAL)),
	ROW0(END, "}", ALL, 2, "end of a block"),
};

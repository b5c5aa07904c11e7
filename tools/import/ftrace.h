/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/import/ftrace.h - the stages of the ftrace importer: events, operations, text.
 *
 * ftrace_read.c turns lines into events, ftrace_ops.c events into what each thread did,
 * ftrace_figures.c into the holds and waits that the real kernel showed, ftrace_emit.c writes it
 * all down as a trace.  Every stage leaves what it got alone.
 */
#ifndef TOOLS_IMPORT_FTRACE_H
#define TOOLS_IMPORT_FTRACE_H

#include <glib.h>

#include "tools/import/import.h"

enum ft_type {
	FT_OTHER,	 /* only says that the thread was there */
	FT_FALLOCATE,	 /* a = mode, b = offset, c = length */
	FT_IOCTL,	 /* a = command */
	FT_SYSCALL_END,	 /* a = result */
	FT_FAULT,	 /* a = address, b = ip, c = error code */
	FT_PAGE_ADD,	 /* a = offset in the file */
	FT_PAGE_DEL,	 /* a = offset in the file */
	FT_LOCK_BEGIN,	 /* a = lock, b = 1 for write */
	FT_LOCK_END,	 /* a = lock */
	FT_MMAP_START,	 /* a = write */
	FT_MMAP_GOT,	 /* a = write */
	FT_MMAP_DONE,	 /* a = write */
	FT_UNMAP_HVA,	 /* a = start, b = end */
	FT_GUEST_FAULT,	 /* a = guest address */
	FT_GUEST_MAPPED, /* a = gfn */
	FT_ZAP_ALL,
	FT_TLB_SEND,
	FT_SWITCH, /* a = previous pid, b = next pid, c = state letter of the previous */
};

struct ft_event {
	/* written by the reader */
	u64 at_ns;
	u32 line;
	u32 thread; /* index in threads */
	u16 cpu;
	u8 type; /* enum ft_type */
	u64 a, b, c;
};

struct ft_thread {
	/* written by the reader */
	char name[32];
	u32 pid;
	bool ours; /* not the idle task, nor a bystander that only gives way */
};

struct ft_capture {
	/* written by ft_read() */
	GArray *events;	 /* struct ft_event, sorted by time */
	GArray *threads; /* struct ft_thread */
	GHashTable *by_pid;
	u64 start_ns;
	u32 cpus;
	u64 lost; /* events that the recorder says it lost */
	u64 stack_lines;
};

/* One operation of one thread. */
enum ft_verb {
	FT_OP_ALLOCATE,
	FT_OP_PUNCH,
	FT_OP_ACCESS,
	FT_OP_TOUCH,
	FT_OP_BIND,
	FT_OP_UNBIND,
	FT_OP_MMAP,
	FT_OP_MUNMAP,
};

struct ft_op {
	/* written by ft_reconstruct() */
	u8 verb; /* enum ft_verb */
	bool write;
	bool slept; /* the thread slept between the operation before and this one */
	u64 start_ns, end_ns;
	u64 addr, len;
};

struct ft_actor {
	/* written by ft_reconstruct() */
	u32 thread;
	GArray *ops; /* struct ft_op */
	bool guest;
	bool generated; /* is told to touch or pin pages all the time */
	s32 cpu;	/* the only one it was seen on, or -1 */
	u64 first_ns, last_ns;
};

/* Times that the real kernel showed. */
enum ft_figure {
	FT_PUNCH,     /* system call */
	FT_HOLD,      /* of the invalidate lock by a punch */
	FT_READ_WAIT, /* for the invalidate lock, by others */
	FT_WRITE_WAIT,
	FT_ALLOCATE_CALL,
	FT_IOCTL_CALL,
	FT_HOST_FAULT,
	FT_TOUCH_FAULT, /* by a guest: from the exit to the new mapping */
	FT_NR_FIGURES,
};

struct ft_story {
	/* written by ft_reconstruct() */
	GArray *actors; /* struct ft_actor */
	u64 base_hva;	/* where the file is mapped; 0: not known */
	u64 base_gpa;	/* what was taken off guest addresses */
	u64 size_bytes; /* of the file */
	u32 nr_generated;
	bool has_ioctl_slots;
	bool seen_present; /* pages went away that had not come */
	bool seen_mapped;  /* ... and were mapped */
	u64 dropped_faults, merged_faults, dropped_mmap_reads, dropped_guest_ops;
	GArray *figure[FT_NR_FIGURES]; /* u64 ns, sorted; made by ft_measure() */
};

bool ft_read(struct ft_capture *c, const char *buf, size_t len, struct import_error *err);
void ft_capture_free(struct ft_capture *c);

bool ft_reconstruct(const struct ft_capture *c, const struct import_assume *assume,
		    struct ft_story *s, struct import_error *err);
void ft_measure(const struct ft_capture *c, struct ft_story *s);
void ft_story_free(struct ft_story *s);

char *ft_emit(const struct ft_capture *c, const struct ft_story *s,
	      const struct import_options *opt);

static inline const struct ft_event *ft_event_at(const struct ft_capture *c, u32 i)
{
	return &g_array_index(c->events, struct ft_event, i);
}

static inline struct ft_thread *ft_thread_at(const struct ft_capture *c, u32 i)
{
	return &g_array_index(c->threads, struct ft_thread, i);
}

#endif

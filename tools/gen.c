// SPDX-License-Identifier: GPL-2.0-only
/*
 * The workloads of gmemsim gen.  See gen.h.
 *
 * Memory of a VM: what is converted lies at its beginning, what the other vCPUs fault in begins
 * where that ends, on a multiple of 1 GiB if there is room.
 */
#include <inttypes.h>
#include <string.h>

#include "tools/gen.h"

#define GIB (1ull << 30)

/* As the trace language writes sizes: the largest unit that divides it. */
static void put_size(GString *g, u64 bytes)
{
	static const char unit[] = {'T', 'G', 'M', 'K'};

	for (u32 i = 0; i < G_N_ELEMENTS(unit); i++) {
		u64 one = 1ull << (40 - 10 * i);

		if (bytes && bytes % one == 0) {
			g_string_append_printf(g, "%" PRIu64 "%c", bytes / one, unit[i]);
			return;
		}
	}
	g_string_append_printf(g, "%" PRIu64, bytes);
}

/* printf() of one thing more: %S is a size. */
static void put(GString *g, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	for (const char *s = fmt; *s; s++) {
		if (s[0] == '%' && s[1] == 'S') {
			put_size(g, va_arg(ap, u64));
			s++;
		} else if (s[0] == '%' && s[1] == 'u') {
			g_string_append_printf(g, "%u", va_arg(ap, u32));
			s++;
		} else if (s[0] == '%' && s[1] == 's') {
			g_string_append(g, va_arg(ap, const char *));
			s++;
		} else {
			g_string_append_c(g, *s);
		}
	}
	va_end(ap);
}

/* Where memory begins that the workload leaves alone. */
static u64 elsewhere(const struct gen_params *p)
{
	u64 at = (p->len + GIB - 1) / GIB * GIB;

	return at < p->memory ? at : p->len;
}

static bool gen_huge(const struct gen_params *p)
{
	return strcmp(p->backing, "4K") != 0;
}

static void put_host(GString *g, const struct gen_params *p, const char *title)
{
	u64 host = 2 * p->memory > 8 * GIB ? 2 * p->memory : 8 * GIB;
	bool huge = gen_huge(p);

	put(g, "gmemsim trace 1\ntitle = \"%s\"\nexpect = none\n\n[machine]\ncpus = %u\n", title,
	    p->vcpus + 4);
	put(g, "memory = %S\n", host);
	if (huge)
		put(g, "hugepages-%s = %u\n", p->backing,
		    (u32)(p->memory >> (p->backing[0] == '1' ? 30 : 21)));
	if (p->slice_ns)
		put(g, "slice = %uns\n", (u32)p->slice_ns);
	put(g, "preempt = lazy\n\n[design]\nkernel = %s\nlocking = %s\n\n", p->kernel, p->locking);
}

static void put_machine(GString *g, const struct gen_params *p, const char *title)
{
	bool huge = gen_huge(p);

	put_host(g, p, title);
	put(g, "[vm vm0]\ntype = %s\nmemory = %S\nvcpus = %u\n", p->tdx ? "tdx" : "sw-protected",
	    p->memory, p->vcpus);
	if (huge)
		put(g, "backing = %s\n", p->backing);
	put(g, "init = private\nmmap = yes\n");
}

static void put_costs(GString *g, const struct gen_params *p)
{
	put(g, "\n[cost]\ninclude = %s\n", p->costs);
}

/* From vCPU @first on: what they do until "done" is signalled. */
static void put_others(GString *g, const struct gen_params *p, u32 first)
{
	u64 from = elsewhere(p);

	if (first >= p->vcpus)
		return;
	if (p->vcpus - first == 1)
		put(g, "\n[task vcpu%u]\n", first);
	else
		put(g, "\n[task vcpu%u..vcpu%u]\n", first, p->vcpus - 1);
	if (strcmp(p->others, "spin") == 0)
		put(g, "spin until=done\n");
	else if (strcmp(p->others, "halt") == 0)
		put(g, "halt until=done\n");
	else if (strcmp(p->others, "tick") == 0)
		put(g, "run self*4us\nhalt until=done tick=1000\n");
	else
		put(g, "repeat %u { touch private rand(%S,%S) 4K write }\n", p->repeat, from,
		    p->memory);
}

static void put_boot(GString *g, const struct gen_params *p)
{
	put_machine(g, p, "a TD accepts its memory while its other vCPUs come up");
	put(g, "accepted = none\naccept = lazy\n");
	put_costs(g, p);
	put(g, "\n[task vcpu0]\nfor v in 0..%u { accept v*%S len=%S expect=ok }\nsignal done\n",
	    (u32)(p->len / p->piece - 1), p->piece, p->piece);
	put_others(g, p, 1);
}

static void put_swiotlb(GString *g, const struct gen_params *p)
{
	put_machine(g, p, "bounce buffers of a TD made shared with MapGPA, 2M at a time");
	put(g, "accepted = 0..%S\naccept = lazy\n", p->len);
	put_costs(g, p);
	put(g, "\n[task vcpu0]\nat 2ms mapgpa shared 0 len=%S expect=ok\nsignal done\n", p->len);
	put_others(g, p, 1);
}

static void put_kexec(GString *g, const struct gen_params *p)
{
	put_machine(g, p, "a TD takes its shared memory back before it boots another kernel");
	put(g, "accepted = 0..%S\naccept = lazy\n", p->len);
	put_costs(g, p);
	put(g, "\n[task vcpu0]\nat 2ms mapgpa shared 0 len=%S expect=ok\n", p->len);
	put(g, "# from here on no other vCPU runs: they have been taken offline\n"
	       "mapgpa private 0 len=%S expect=ok\nsignal done\n", p->len);
	put_others(g, p, 1);
}

/* 4K pages of a VM that accepts none are there from the start: to fault them in takes longest. */
static bool filled(const struct gen_params *p)
{
	return !p->tdx && !gen_huge(p);
}

static void put_filled(GString *g, const struct gen_params *p)
{
	if (p->tdx)
		put(g, "accepted = 0..%S\naccept = lazy\n", p->len);
	else if (filled(p))
		put(g, "mapped = 0..%S\n", p->len);
}

/* Shared 4K pages beside huge ones are made by the caller, before anything else: not too many. */
static u64 elsewhere_end(const struct gen_params *p)
{
	u64 end = elsewhere(p) + 8 * GIB;

	return gen_huge(p) && end < p->memory ? end : p->memory;
}

/* What each vCPU does then: it faults elsewhere, every so often, until the caller is done. */
static void put_faults(GString *g, const struct gen_params *p, const char *half)
{
	put(g, "run self*%uns\nrepeat until=done {\n", (u32)(p->every_ns / p->vcpus));
	put(g, "\ttouch %s rand(%S,%S) 4K write expect=ok\n\trun %uns\n}\n", half,
	    elsewhere(p), elsewhere_end(p), (u32)p->every_ns);
}

/*
 * Fill what is going to be converted, all vCPUs a part of it.  Huge pages are few: one vCPU fills
 * them, lest the others wait for its folio locks, and elsewhere is shared, in small pages.
 */
static void put_vcpus(GString *g, const struct gen_params *p)
{
	u64 part = (p->len / p->vcpus) & ~0xfffull;

	if (!gen_huge(p)) {
		put(g, "\n[task vcpu0..vcpu%u]\n", p->vcpus - 1);
		put(g, "touch private self*%S %S write expect=ok\nbarrier warm\n", part,
		    filled(p) ? 4096ull : part);
		put_faults(g, p, "private");
		return;
	}
	put(g, "\n[task vcpu0]\nbarrier filled\ntouch private 0 %S write expect=ok\n", p->len);
	put(g, "barrier warm\n");
	put_faults(g, p, "shared");
	if (p->vcpus > 1) {
		put(g, "\n[task vcpu1..vcpu%u]\nbarrier filled\nbarrier warm\n", p->vcpus - 1);
		put_faults(g, p, "shared");
	}
}

/* The caller, up to where it begins to convert. */
static void put_caller(GString *g, const struct gen_params *p)
{
	u64 from = elsewhere(p), len = elsewhere_end(p) - from;

	put(g, "\n[task vmm]\n");
	if (gen_huge(p)) {
		put(g, "allocate 0 len=%S expect=ok\n", p->len);
		put(g, "convert shared %S len=%S expect=ok\n", from, len);
		put(g, "allocate %S len=%S expect=ok\nbarrier filled\n", from, len);
	}
	put(g, "barrier warm\nsleep 200us\n");
}

static void put_convert(GString *g, const struct gen_params *p)
{
	put_machine(g, p, "a range made shared while all vCPUs fault elsewhere");
	put_filled(g, p);
	put_costs(g, p);
	put_vcpus(g, p);
	put_caller(g, p);
	if (p->piece >= p->len)
		put(g, "convert shared 0 len=%S expect=ok\n", p->len);
	else
		put(g, "for v in 0..%u { convert shared v*%S len=%S expect=ok }\n",
		    (u32)(p->len / p->piece - 1), p->piece, p->piece);
	put(g, "signal done\n");
}

static void put_stream(GString *g, const struct gen_params *p)
{
	put_machine(g, p, "small conversions, to and fro, against faults that have nothing to do "
			  "with them");
	put_filled(g, p);
	put_costs(g, p);
	put_vcpus(g, p);
	put_caller(g, p);
	put(g, "for v in 0..%u {\n"
	       "\tconvert shared v*%S len=%S expect=ok\n"
	       "\tconvert private v*%S len=%S expect=ok\n}\nsignal done\n",
	    (u32)(p->len / p->piece - 1), p->piece, p->piece, p->piece, p->piece);
}

static void put_teardown(GString *g, const struct gen_params *p)
{
	put_machine(g, p, "a TD's memory goes before its key");
	put(g, "accepted = all\n");
	put_costs(g, p);
	put(g, "\n[task vmm]\nat 1ms memslot-delete slot=0\nclose\n");
}

static void put_terminate(GString *g, const struct gen_params *p)
{
	put_machine(g, p, "a TD's key goes before its memory");
	put(g, "accepted = all\n");
	put_costs(g, p);
	put(g, "\n[task vmm]\nat 1ms terminate\nmemslot-delete slot=0\nclose\n");
}

static void put_storm(GString *g, const struct gen_params *p)
{
	put_machine(g, p, "a hole is punched where all vCPUs fault pages in again");
	if (p->tdx)
		put(g, "accepted = 0..%S\naccept = lazy\n", p->len);
	put_costs(g, p);
	put(g, "\n[task vcpu0..vcpu%u]\nbarrier warm\nrepeat %u {\n", p->vcpus - 1, p->repeat);
	put(g, "\ttouch private rand(0,%S) 4K write\n\trun 5us\n}\n", p->len);
	put(g, "\n[task vmm]\nprefault 0 len=%S\nbarrier warm\nafter 20us punch 0 len=%S\n", p->len,
	    p->len);
}

/*
 * A VM whose memory the VMM has mapped, too, with a file beside it that nobody converts.  All of it
 * is shared at first; its vCPUs fault in what is not converted until the caller is done.
 */
static void put_two_files(GString *g, const struct gen_params *p, const char *title,
			  const char *slots)
{
	put_host(g, p, title);
	put(g, "[vm vm0]\ntype = sw-protected\nvcpus = %u\n", p->vcpus);
	put(g, "init = shared\nmmap = yes\nmapped = 64K..%S\n", p->len);
	put(g, "gmem ram size=%S\ngmem other size=1G\nslot 0 gpa=0 len=%S gmem=ram\n%s", p->memory,
	    p->memory, slots);
	put_costs(g, p);
	put(g, "\n[task vcpu0..vcpu%u]\n", p->vcpus - 1);
	put_faults(g, p, "shared");
}

static void put_to_private(GString *g, const struct gen_params *p)
{
	put(g, "\n[task vmm0]\nsleep 1ms\nfor v in 0..%u {\n", (u32)(p->len / p->piece - 1));
	put(g, "\tconvert private v*%S len=%S gmem=ram expect=ok\n}\nsignal done\n", p->piece,
	    p->piece);
}

static void put_mmap_convoy(GString *g, const struct gen_params *p)
{
	put_two_files(g, p, "a convoy on mmap_lock behind a conversion", "");
	put_to_private(g, p);
	put(g, "\n# a fault of the VMM in the file that is converted, elsewhere: it waits with\n"
	       "# mmap_lock held for reading\n[task vmm1..vmm4]\n"
	       "at 1100us access write %S+self*64K len=64K gmem=ram expect=ok\n", elsewhere(p));
	put(g, "\n# a writer of mmap_lock; what it maps has nothing to do with any of this\n"
	       "[task vmm5]\nat 1200us mmap 0 len=1M gmem=other as=window expect=ok\n"
	       "munmap window\n"
	       "\n# bystanders: faults in a third place, behind the writer\n[task vmm6..vmm9]\n"
	       "at 1300us access write self*64K len=64K gmem=other expect=ok\n");
}

static void put_srcu_convoy(GString *g, const struct gen_params *p)
{
	put_two_files(g, p, "memslots behind SRCU behind a conversion",
		      "slot 1 gpa=8T len=1M gmem=other\n"
		      "slot 2 gpa=9T len=1M gmem=other offset=1M\n");
	put_to_private(g, p);
	put(g, "\n# waits for the faults that wait, inside SRCU, for the conversion\n"
	       "[task vmm1]\nat 3ms memslot-delete slot=1 expect=ok\n"
	       "\n# another change of memslots, of another file's: behind slots_lock\n"
	       "[task vmm2]\nat 3100us memslot-delete slot=2 expect=ok\n");
}

static void put_lru_drain(GString *g, const struct gen_params *params)
{
	struct gen_params p = *params;

	p.slice_ns = p.busy_ns;
	put_two_files(g, &p, "a conversion drains the LRU batches of a CPU that is busy", "");
	put(g, "\n# this CPU's batch has pages; then it schedules nobody else for a while\n"
	       "[task vmm1 cpu=%u]\naccess write 0 len=64K gmem=ram expect=ok\nsignal batched\n"
	       "run %uns\n", p.vcpus + 1, (u32)p.busy_ns);
	put(g, "\n[task vmm0 cpu=%u]\nwait batched\nsleep 1ms\n"
	       "convert private 0 len=%S gmem=ram expect=ok\nsignal done\n", p.vcpus + 2, p.len);
}

const struct gen_workload gen_workloads[] = {
	{"boot", "a TD accepts LEN bytes in pieces of PIECE, the others as --others says",
	 .tdx = true, .put = put_boot},
	{"swiotlb", "a TD makes LEN bytes shared with MapGPA", .tdx = true, .put = put_swiotlb},
	{"kexec", "a TD makes LEN bytes shared and private again", .tdx = true, .put = put_kexec},
	{"convert", "the VMM makes LEN bytes shared, PIECE a call, while all vCPUs fault elsewhere",
	 .whole = true, .put = put_convert},
	{"stream", "conversions of PIECE to and fro against unrelated faults", .put = put_stream},
	{"teardown", "the memory of a TD goes first, page by page", .tdx = true,
	 .put = put_teardown},
	{"terminate", "the key of a TD goes first", .tdx = true, .put = put_terminate},
	{"storm", "LEN bytes punched out where all vCPUs fault", .put = put_storm},
	{"mmap-convoy", "a writer of mmap_lock behind faults of the VMM behind a conversion",
	 .whole = true, .small = true, .put = put_mmap_convoy},
	{"srcu-convoy", "memslots go, behind SRCU behind faults behind a conversion",
	 .whole = true, .small = true, .put = put_srcu_convoy},
	{"lru-drain", "a conversion waits for the LRU batches of a busy CPU", .whole = true,
	 .small = true, .put = put_lru_drain},
	{0},
};

char *gen_text(const struct gen_workload *w, const struct gen_params *p)
{
	GString *g = g_string_new(NULL);

	w->put(g, p);
	return g_string_free(g, FALSE);
}

gmemsim trace 1
# A TD ends.
#
# class: hold-time
# measure: ops close vmm latency_ns
# scale: 4M 8M
# gain: 2
# Faulty (before e4775f57ad51): the files are closed while the TD has its key, and each page takes BLOCK, TRACK,
# a kick of all vCPUs, REMOVE and a write-back, under the invalidate lock.  Reported: 400 GB, 64 vCPUs: 5539 s.
# Fixed: KVM_TDX_TERMINATE_VM frees the key first, and each page is only reclaimed: 467 s.
title = "the end of a TD, page by page"

[machine]
cpus = 2

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 8M
vcpus = 1
pending = 0..4M

[cost]
tdx_seamcall = 500ns
tdx_page_reclaim = 500ns
tdx_clear_page = 500ns
tdx_page_wbinvd = 2us
tdx_range_block = 1us
tdx_track = 1us
tdx_page_remove = 1us

[task vmm]
terminate expect=ok|ENOTTY
close
destroy

[final]
never latency(vmm) > 4ms

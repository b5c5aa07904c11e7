gmemsim trace 1
# Compaction looks at the mapping of a page while the file goes away.
#
# class: interleaving
# CPU 0 scans page frames.  It has a reference to a page, and has read which mapping it belongs to.  CPU 1
# closes the file: the page is truncated, the inode is freed, and the mapping with it.  Faulty: CPU 0
# tests a flag of the mapping.
# Fixed before it was merged (20230901082025.20548-2-vbabka@suse.cz): the flag is tested with the folio
# lock, which truncation holds while it takes the page out, and after looking at folio->mapping again.
title = "compaction scans frames of a file that is closed"

[machine]
cpus = 2

[vm vm0]
memory = 0

[cost]
compaction_scan = 100us

[task vmm]
create f size=64K mmap=no
allocate 0 len=64K gmem=f
lru-drain
signal filled
after 250us close f

[task kernel-kcompactd]
wait filled
migrate 0 len=64K gmem=f compact

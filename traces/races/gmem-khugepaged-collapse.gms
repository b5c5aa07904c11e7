gmemsim trace 1
# khugepaged collapses pages of a guest_memfd, which knows of 4K folios only.
#
# class: interleaving
# The VMM has touched 2M of the file through its mapping.  Faulty: the file is on an anonymous inode, with
# nobody in i_writecount, and passes for a regular file that is read only; khugepaged replaces its 512
# pages by one of order 9.  The next host fault finds a large folio (there: a warning and SIGBUS).
# Fixed (dd085fe9a8eb): files on anonymous inodes may not have huge pages.
title = "khugepaged at a guest_memfd"

[machine]
cpus = 2

[vm vm0]
memory = 4M
vcpus = 1
init = shared
mmap = yes

[task vmm]
access write 0 len=2M value=0x11
signal filled
wait scanned
access read 0 len=4K

[task kernel-khugepaged]
wait filled
collapse 0 len=2M
signal scanned

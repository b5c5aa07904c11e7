gmemsim trace 1
# The last file of an inode is closed while another operation ends, after which everything is checked.
#
# Found by generated traces on hugetlb-plan: the check walked the attribute tree of an inode that was being
# evicted, with half of the tree gone, and called that a bug of gmemsim. An inode leaves the list of those that
# are checked before its tree goes.
title = "an inode goes while others are checked"

[design]
kernel = hugetlb-plan

[vm vm0]
type = sw-protected
memory = 2M
vcpus = 1
backing = 2M

[task vmm0]
close

[task vmm1]
advise remove 0x101000 len=4K
memslot-delete slot=0 again

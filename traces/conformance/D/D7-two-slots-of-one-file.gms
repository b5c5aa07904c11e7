gmemsim trace 1
# conformance: D7 D8 D9 D10 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Slot 1 has units 0-1 and slot 2 units 2-3 of a file of five. With slot 1 deleted, it cannot come back
# over units 1-2 or 3-4 (overlap in the file: EEXIST from 7.2 on, which is mainline here, EINVAL before
# and in the in-place series), nor at a guest address that overlaps the front or the back of slot 2.
title = "overlaps in the file and in guest memory"
[vm vm0]
type = sw-protected
memory = 0

[task vmm]
create f size=10M expect=ok
bind slot=1 gpa=4M offset=0 len=4M gmem=f expect=ok
bind slot=2 gpa=16M offset=4M len=4M gmem=f expect=ok
unbind slot=1 expect=ok
bind slot=1 gpa=4M offset=2M len=4M gmem=f expect=EEXIST@mainline|EINVAL@inplace|EINVAL@hugetlb-wip|EINVAL@hugetlb-plan
bind slot=1 gpa=4M offset=6M len=4M gmem=f expect=EEXIST@mainline|EINVAL@inplace|EINVAL@hugetlb-wip|EINVAL@hugetlb-plan
bind slot=1 gpa=14M offset=0 len=4M gmem=f expect=EEXIST
bind slot=1 gpa=18M offset=0 len=4M gmem=f expect=EEXIST
bind slot=1 gpa=4M offset=0 len=4M gmem=f expect=ok

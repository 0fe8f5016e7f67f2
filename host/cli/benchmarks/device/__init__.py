"""`hanlab bench device`: the firmware in a VM, its time and its memory."""

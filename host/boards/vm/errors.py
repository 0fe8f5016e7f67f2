"""What can be wrong with a VM."""


class VmMissingError(Exception):
    """No virtual machine can be had on this machine; the message says why and how to get one."""

    exit_code = 3

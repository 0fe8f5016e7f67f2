"""What can be wrong with a VM."""

from host.programs.errors import ProgramMissingError


class VmMissingError(ProgramMissingError):
    """No virtual machine can be had on this machine; the message says why and how to get one."""

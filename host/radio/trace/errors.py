"""What can be wrong with what a trace is made of."""


class CaptureError(Exception):
    """The file is no capture of IEEE 802.15.4 frames, or no file of keys; the text says why."""


class CutOffError(CaptureError):
    """A capture ends amid a record: its writer was killed, or is still at it."""

"""What can be wrong with what a trace is made of."""


class CaptureError(Exception):
    """The file is no capture of IEEE 802.15.4 frames, or no file of keys; the text says why."""

"""What goes wrong in a lab."""


class LabError(Exception):
    """A part of the lab did not do what it should; the text names it and the next step."""

"""What can be wrong, and whose fault it is."""


class SmetsError(Exception):
    """Base of every error of this package; its text never holds keys, tags or plaintext."""


class DecodeError(SmetsError):
    """The octets are not a well-formed message: the sender's fault."""


class AuthenticationError(SmetsError):
    """A MAC, signature or tag does not verify, or its key is not held."""


class RefusedError(SmetsError):
    """A well-formed and authentic request that is not allowed; `code` is the standard's status."""

    def __init__(self, text: str, code: int = 0) -> None:
        super().__init__(text)
        self.code = code

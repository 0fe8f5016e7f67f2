"""What can go wrong with keys and certificates; no message ever holds a private key."""


class KeysError(Exception):
    """Base of every error of this package: its text says the cause and the next step."""


class CertificateError(KeysError):
    """The octets are not a certificate that this lab can use."""


class ProductionCertificateError(CertificateError):
    """The certificate is not under a test policy, so it may belong to the live system."""


class KeystoreError(KeysError):
    """The keystore folder, or a file in it, cannot be read, written or trusted."""


class EuiError(KeysError):
    """What should be an EUI-64 is none."""

    exit_code = 2


class NotHeldError(KeysError):
    """A keystore, or a certificate or key in it, that the work needs is not there."""

    exit_code = 5

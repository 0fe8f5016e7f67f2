"""DUIS requests and responses, and SMKI queries: the XML that strangers send."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from lxml import etree

from dcc_stub.duis import services, signature, xml
from dcc_stub.duis.request import Request
from dcc_stub.duis.response import Response
from dcc_stub.smki import repository
from dcc_stub.user.client import DccUser, dcc_certificate_check
from host.cli.benchmarks.household import BROKER, NOW, open_dcc
from host.cli.benchmarks.soak.parsers.parser import Parser
from host.cli.benchmarks.soak.tally import LenientError
from host.cli.benchmarks.soak.templates import METER, REQUESTS, SUPPLIER
from keys.store import Held, Keystore
from keys.suite import Suite
from smets.codec.errors import DecodeError, SmetsError

REFUSED = (SmetsError,)


def parsers(keys: Keystore) -> Iterator[Parser]:
    """Those of the DCC, its users and SMKI."""
    requests, responses = _documents(keys)
    yield Parser("DUIS requests", requests, _take_request, REFUSED)
    yield Parser("signed DUIS requests", requests, _SignedRequests(keys, requests).take, REFUSED)
    yield Parser("webhook documents", responses, _Webhook(keys, responses).take, REFUSED)
    yield Parser("SMKI requests", _queries(keys), _Queries(keys).take, REFUSED)


def _documents(keys: Keystore) -> tuple[list[bytes], list[bytes]]:
    """Signed requests of the supplier, and what the DCC answers."""
    user = DccUser(keys, Suite(), SUPPLIER, "http://engine")
    requests, responses = [], []
    with open_dcc(keys, [METER]) as dcc:
        for variant, pairs, party in REQUESTS:
            if party != SUPPLIER:
                continue
            request = user.request(variant, METER, list(pairs), NOW)
            document = user.signed(request)
            service = services.command_variant(request.command_variant)
            assert service is not None
            requests.append(document)
            responses.append(dcc.handle(service.service, document, NOW).body)
    return requests, responses


def _take_request(octets: bytes) -> None:
    """Whatever its signature: what is read, written and read again is the same."""
    request = Request.read(xml.parse(octets))
    if Request.read(xml.parse(xml.serialise(request.tree()))) != request:
        raise LenientError("it says something else when it is written again")


def _canonical(root: etree._Element) -> bytes:
    return etree.tostring(root, method="c14n")


class _Signed:
    """A signature holds for its document alone, in any of the ways to write that."""

    def __init__(self, keys: Keystore, seeds: Sequence[bytes]) -> None:
        self._keys = keys
        verified = (signature.verify(xml.parse(each), keys.find) for each in seeds)
        self._known = {_canonical(each.root) for each in verified}

    def verified(self, octets: bytes) -> signature.Verified:
        """AuthenticationError or DecodeError unless the signature holds."""
        found = signature.verify(xml.parse(octets), self._keys.find)
        if _canonical(found.root) not in self._known:
            raise LenientError("a signature holds for a document that was not signed")
        return found


class _SignedRequests(_Signed):
    def take(self, octets: bytes) -> None:
        Request.read(self.verified(octets).root)


class _Webhook(_Signed):
    def take(self, octets: bytes) -> None:
        verified = self.verified(octets)
        dcc_certificate_check(verified, BROKER)
        Response.read(verified.root)


def _queries(keys: Keystore) -> list[bytes]:
    serial = keys.require_certificate(SUPPLIER, "ds").serial
    return [
        b"<CertificateSearchRequest><CertificateSubjectAltName>%s</CertificateSubjectAltName>"
        b"</CertificateSearchRequest>" % METER.hex("-").encode(),
        b"<CertificateSearchRequest><CertificateSubjectName>%s</CertificateSubjectName>"
        b"</CertificateSearchRequest>" % SUPPLIER.hex("-").encode(),
        b"<CertificateDataRequest><CertificateSerial>%d</CertificateSerial>"
        b"</CertificateDataRequest>" % serial,
    ]


class _Queries:
    """What is found is what the text of the document names."""

    def __init__(self, keys: Keystore) -> None:
        self._held = list(keys.certificates())

    def certificates(self) -> Iterator[Held]:
        """All there are, read once."""
        return iter(self._held)

    def take(self, octets: bytes) -> None:
        results = [function(self, octets) for function in (repository.search, repository.retrieve)]
        found = [result for result in results if result.status == HTTPStatus.OK]
        if not found:
            raise DecodeError("nothing is found")
        text = "".join(str(each) for each in xml.parse(octets).itertext()).strip()
        named = text.replace("-", "").upper()
        for entry in etree.fromstring(found[0].body):
            values = [(each.text or "").replace("-", "") for each in entry]
            if named not in values and named.lstrip("0") not in values:
                raise LenientError("a certificate is found that the document does not name")

"""Each rule of the profile and of the chain, broken one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from keys import names, parties, points, profile, validate
from keys.certificate import Certificate
from keys.errors import CertificateError, ProductionCertificateError
from keys.issue import Authority
from keys.profile import Role
from keys.store import Keystore
from tests.keys.conftest import authority
from tests.outside import outside_data

PRIVATE_KEY = bytes(31) + b"\x07"
PUBLIC_KEY = points.public_key(PRIVATE_KEY)
START = datetime(2025, 3, 1, tzinfo=UTC)
OTHER_POLICY = "1.2.826.0.1.8641679.1.2.1.2"


def usage(*bits: str) -> x509.KeyUsage:
    flags = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"), False
    )
    flags |= dict.fromkeys(
        ("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False
    )
    return x509.KeyUsage(**(flags | dict.fromkeys(bits, True)))


def policies(*identifiers: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier(each), None) for each in identifiers]
    )


def module(eui: bytes) -> x509.SubjectAlternativeName:
    value = bytes.fromhex("3019060d2a863a0001848fb90f0102020104") + bytes((len(eui),)) + eui
    identifier = x509.ObjectIdentifier(profile.HARDWARE_MODULE_NAME)
    return x509.SubjectAlternativeName([x509.OtherName(identifier, value)])


@dataclass(frozen=True)
class Draft:
    """A certificate that meets the profile until a test replaces a part of it."""

    issuer: Authority
    subject: bytes
    usage: x509.KeyUsage
    policies: x509.CertificatePolicies
    alternative: x509.SubjectAlternativeName | None = None
    constraints: x509.BasicConstraints | None = None
    identifier: bytes = profile.key_identifier(PUBLIC_KEY)
    authority: bytes | None = None
    end: datetime = START + timedelta(days=3650)
    serial: int = 1 << 126
    uncritical: tuple[type[x509.ExtensionType], ...] = ()
    without: tuple[type[x509.ExtensionType], ...] = ()
    more: Sequence[x509.ExtensionType] = ()

    def certificate(self) -> Certificate:
        identifier = self.authority or self.issuer.certificate.key_identifier
        assert identifier
        builder = x509.CertificateBuilder(
            x509.Name.from_bytes(self.issuer.certificate.subject),
            x509.Name.from_bytes(self.subject),
            points.load_public_key(PUBLIC_KEY),
            self.serial,
            START,
            self.end,
        )
        parts: list[tuple[x509.ExtensionType | None, bool]] = [
            (self.usage, True),
            (self.constraints, True),
            (x509.SubjectKeyIdentifier(self.identifier), False),
            (self.alternative, True),
            (self.policies, True),
            (x509.AuthorityKeyIdentifier(identifier, None, None), False),
            *((each, False) for each in self.more),
        ]
        for part, critical in parts:
            if part is not None and not isinstance(part, self.without):
                marked = critical and not isinstance(part, self.uncritical)
                builder = builder.add_extension(part, marked)
        signed = builder.sign(points.load_private_key(self.issuer.private_key), hashes.SHA256())
        return Certificate.from_der(signed.public_bytes(serialization.Encoding.DER))


@pytest.fixture(scope="module")
def party(store: Keystore) -> Draft:
    return Draft(
        authority(store, parties.ORGANISATION_ISSUING),
        names.organisation(Role.SUPPLIER, parties.SUPPLIER.eui),
        usage("key_agreement"),
        policies(profile.ORGANISATION_TEST_POLICY),
    )


@pytest.fixture(scope="module")
def device(store: Keystore) -> Draft:
    return Draft(
        authority(store, parties.DEVICE_ISSUING),
        names.EMPTY,
        usage("key_agreement"),
        policies(profile.DEVICE_TEST_POLICY),
        module(parties.ESME.eui),
        end=profile.NO_EXPIRY,
    )


def reasons(draft: Draft, store: Keystore) -> list[str]:
    return [
        problem.reason for problem in validate.problems(draft.certificate(), store.authorities())
    ]


def test_the_drafts_meet_the_profile(party: Draft, device: Draft, store: Keystore) -> None:
    assert reasons(party, store) == []
    assert reasons(device, store) == []
    assert all(
        validate.problems(held.certificate, store.authorities(), at=START) == []
        for held in store.certificates()
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"usage": usage("key_agreement", "digital_signature")}, "not exactly one of"),
        ({"usage": usage("key_encipherment")}, "not exactly one of"),
        ({"without": (x509.KeyUsage,)}, "it lacks keyUsage"),
        ({"uncritical": (x509.KeyUsage,)}, "its keyUsage is not critical"),
        ({"uncritical": (x509.CertificatePolicies,)}, "its certificatePolicies is not critical"),
        ({"identifier": bytes(8)}, "its subjectKeyIdentifier is not that of its public key"),
        ({"without": (x509.SubjectKeyIdentifier,)}, "it lacks subjectKeyIdentifier"),
        ({"more": (x509.OCSPNoCheck(),)}, "the extension 1.3.6.1.5.5.7.48.1.5, which the"),
        ({"serial": 1 << 128}, "its serial number is not positive and at most 16 octets"),
        ({"subject": names.organisation(Role.ROOT, bytes(8))}, "role 00 is an authority's"),
        ({"subject": names.authority("X", None)}, "has no uniqueIdentifier with an EUI-64"),
        ({"subject": names.authority("X", None)}, "the OU of its subject is not a remote party"),
        ({"subject": names.organisation(Role.XML_SIGN, bytes(8))}, "for XML signing has keyUsage"),
        (
            {"policies": policies(profile.ORGANISATION_TEST_POLICY, profile.DEVICE_TEST_POLICY)},
            "it names more than one policy",
        ),
        ({"authority": bytes(7)}, "its authorityKeyIdentifier has not 8 octets"),
        ({"authority": bytes(8)}, "with key identifier 0000000000000000 is not held"),
        ({"end": START}, "its validity ends before it begins"),
    ],
)
def test_a_party_certificate_off_the_profile_is_told_why(
    party: Draft, store: Keystore, change: dict[str, object], reason: str
) -> None:
    found = reasons(replace(party, **change), store)  # type: ignore[arg-type]
    assert any(reason in each for each in found), found


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"alternative": None}, "it lacks subjectAltName"),
        ({"alternative": None}, "holds no hardwareModuleName with an EUI-64"),
        (
            {"alternative": x509.SubjectAlternativeName([x509.DNSName("meter")])},
            "holds no hardwareModuleName with an EUI-64",
        ),
        ({"uncritical": (x509.SubjectAlternativeName,)}, "its subjectAltName is not critical"),
        ({"end": START + timedelta(days=3650)}, "a device's certificate ends at 99991231235959Z"),
        (
            {"policies": policies(profile.ORGANISATION_TEST_POLICY)},
            "may not sign under policy 1.2.826.0.1.8641679.1.2.1.4",
        ),
    ],
)
def test_a_device_certificate_off_the_profile_is_told_why(
    device: Draft, store: Keystore, change: dict[str, object], reason: str
) -> None:
    found = reasons(replace(device, **change), store)  # type: ignore[arg-type]
    assert any(reason in each for each in found), found


def test_an_eui_of_another_length_is_no_certificate(device: Draft) -> None:
    value = module(bytes(7))
    shorter = x509.OtherName(
        x509.ObjectIdentifier(profile.HARDWARE_MODULE_NAME),
        value.get_values_for_type(x509.OtherName)[0].value.replace(b"\x30\x19", b"\x30\x18", 1),
    )
    draft = replace(device, alternative=x509.SubjectAlternativeName([shorter]))
    with pytest.raises(CertificateError, match="an EUI-64 has 8 octets, not 7"):
        draft.certificate()


def test_other_policies_may_be_of_the_live_system(party: Draft) -> None:
    for draft in (
        replace(party, policies=policies(OTHER_POLICY)),
        replace(party, without=(x509.CertificatePolicies,)),
    ):
        with pytest.raises(ProductionCertificateError, match="may be a production certificate"):
            validate.refuse_production(draft.certificate())
    validate.refuse_production(party.certificate())


def test_a_party_cannot_sign_certificates(store: Keystore, party: Draft) -> None:
    supplier = store.require_certificate(parties.SUPPLIER.eui, "ds")
    private_key = store.require_private_key(parties.SUPPLIER.eui, "ds")
    below = replace(party, issuer=Authority(supplier, private_key)).certificate()
    (problem,) = validate.problems(below, [*store.authorities(), supplier])
    assert problem.check == "chain"
    assert "is no authority and may not sign certificates" in problem.reason


def test_no_authority_stands_below_the_issuing_one(store: Keystore, party: Draft) -> None:
    middle = replace(
        party,
        subject=names.authority("M1", Role.ISSUING_AUTHORITY),
        usage=usage("key_cert_sign", "crl_sign"),
        constraints=x509.BasicConstraints(ca=True, path_length=0),
    ).certificate()
    # RFC 5280 4.2.1.9: the last certificate of a path does not count.
    assert validate.problems(middle, store.authorities()) == []
    below = replace(party, issuer=Authority(middle, PRIVATE_KEY)).certificate()
    (problem,) = validate.problems(below, [*store.authorities(), middle])
    assert "may have 0 authorities below it, here are 1" in problem.reason


def test_changed_octets_break_the_chain(store: Keystore, party: Draft) -> None:
    certificate = party.certificate()
    octets = certificate.encoded.replace(parties.SUPPLIER.eui, parties.SUPPLIER_2.eui)
    (problem,) = validate.problems(Certificate.from_der(octets), store.authorities())
    assert problem.check == "chain"
    assert "does not verify with the key of CN=H1,OU=07" in problem.reason


def test_a_chain_ends_at_a_trust_anchor(store: Keystore, party: Draft) -> None:
    certificate = party.certificate()
    root, issuing = (store.authority(f"organisation-{kind}") for kind in ("root", "issuing"))
    device_root = store.authority("device-root")
    assert validate.problems(certificate, [issuing], anchors=[issuing]) == []
    assert validate.problems(certificate, [root, issuing], anchors=[root]) == []
    assert validate.problems(root, [], anchors=[root]) == []
    for authorities, anchors in (
        ([], None),
        ([issuing], None),
        ([root, issuing], [device_root]),
        ([device_root], None),
    ):
        (problem,) = validate.problems(certificate, authorities, anchors=anchors)
        assert problem.check == "chain"
    (problem,) = validate.problems(root, [root], anchors=[device_root])
    assert "which is no trust anchor" in problem.reason


def test_times_count_only_when_a_moment_is_given(store: Keystore, party: Draft) -> None:
    certificate = party.certificate()
    authorities = store.authorities()
    assert validate.problems(certificate, authorities, at=START) == []
    assert validate.problems(certificate, authorities, at=party.end) == []
    for moment in (START - timedelta(seconds=1), party.end + timedelta(seconds=1)):
        (problem,) = validate.problems(certificate, authorities, at=moment)
        assert problem.check == "time"
        assert "is valid from 2025-03-01 00:00:00 to 2035-02-27 00:00:00 UTC" in problem.reason
    device = store.require_certificate(parties.ESME.eui, "ds")
    (problem,) = validate.problems(device, authorities, at=datetime(2080, 1, 1, tzinfo=UTC))
    assert "CN=HDCA" in problem.reason  # the device itself never ends, its authority does


def test_public_certificates_stand_below_the_public_authority() -> None:
    recovered = Keystore(outside_data("rtds", "from_cs02b")).authorities()
    (issuing,) = recovered
    refused = []
    for held in Keystore(outside_data("rtds", "keystore")).certificates():
        if held.certificate.is_device:
            continue
        for problem in validate.problems(held.certificate, recovered, anchors=recovered):
            refused.append((held.stem, problem.check))
    # The load controller's are of another authority with the same name.
    assert refused == [("90b3d51f30010008-ds", "chain"), ("90b3d51f30010008-ka", "chain")]
    assert validate.problems(issuing, recovered)[0].reason.startswith(
        "its issuer CN=ZA,OU=00 with key identifier"
    )


def test_public_certificates_have_expired() -> None:
    (issuing,) = Keystore(outside_data("rtds", "from_cs02b")).authorities()
    store = Keystore(outside_data("rtds", "keystore"))
    certificate = store.require_certificate(parties.SUPPLIER.eui, "ds")
    for year, checks in ((2020, []), (2026, ["time"])):
        found = validate.problems(
            certificate, [issuing], anchors=[issuing], at=datetime(year, 6, 1, tzinfo=UTC)
        )
        assert [problem.check for problem in found] == checks


def test_public_device_certificates_have_the_profile() -> None:
    store = Keystore(outside_data("rtds", "keystore"))
    devices = [held.certificate for held in store.certificates() if held.certificate.is_device]
    assert len(devices) == 400
    assert [problem for each in devices for problem in validate.profile_problems(each)] == []
    assert {each.policies for each in devices} == {(profile.DEVICE_TEST_POLICY,)}

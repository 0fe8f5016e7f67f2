"""What one codec writes the same codec reads, and nothing else is believed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from smets.codec.errors import DecodeError
from smets.zigbee import aps, layout, mac, nwk, security, zdo

OCTET = st.integers(0, 0xFF)
SHORT = st.integers(0, 0xFFFF)
EUI64 = st.binary(min_size=8, max_size=8)
KEY = st.binary(min_size=16, max_size=16)
PAYLOAD = st.binary(max_size=60)
ADDRESS = st.one_of(SHORT, EUI64)

VALUES = {
    "b": OCTET,
    "h": SHORT,
    "w": st.integers(0, 0xFFFFFFFF),
    "e": EUI64,
    "k": KEY,
    "B": st.binary(max_size=40),
    "H": st.lists(SHORT, max_size=20).map(tuple),
    "r": st.binary(max_size=40),
}


def _values(fields: str) -> st.SearchStrategy[tuple]:
    return st.tuples(*(VALUES[letter] for letter in fields))


def _same(frame, again) -> None:
    mine, others = vars(frame), vars(again)
    assert mine.keys() == others.keys()
    for name, value in mine.items():
        if isinstance(value, aps.Block):
            assert vars(value) == vars(others[name])
        else:
            assert value == others[name], name


@given(
    st.sampled_from([mac.BEACON, mac.DATA, mac.COMMAND]),
    OCTET,
    st.one_of(st.none(), st.tuples(SHORT, ADDRESS)),
    st.one_of(st.none(), st.tuples(SHORT, ADDRESS)),
    PAYLOAD,
    st.booleans(),
    st.booleans(),
)
def test_mac_frames(kind, sequence, to, by, payload, ack, pending):
    frame = mac.MacFrame(
        kind, sequence, *(to or (None, None)), *(by or (None, None)), payload, ack, pending
    )
    _same(frame, mac.MacFrame.decode(frame.encode()))


@given(
    EUI64, st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.integers(0, 15), OCTET
)
def test_beacons(extended_pan_id, permit, coordinator, routers, devices, depth, update):
    beacon = mac.Beacon(extended_pan_id, permit, coordinator, routers, devices, depth, update)
    _same(beacon, mac.Beacon.decode(beacon.encode()))


@given(
    st.tuples(
        st.sampled_from([nwk.DATA, nwk.COMMAND]),
        SHORT,
        SHORT,
        OCTET,
        OCTET,
        PAYLOAD,
        st.booleans(),
        st.one_of(st.none(), EUI64),
        st.one_of(st.none(), EUI64),
        st.booleans(),
        st.lists(SHORT, max_size=5).flatmap(
            lambda relays: st.one_of(
                st.none(),
                st.tuples(st.integers(0, max(len(relays) - 1, 0)), st.just(tuple(relays))),
            )
        ),
        st.booleans(),
    )
)
def test_nwk_frames(fields):
    frame = nwk.NwkFrame(*fields)
    _same(frame, nwk.NwkFrame.decode(frame.encode()))


@given(st.data())
def test_every_nwk_command(data):
    identifier, fields, optional = data.draw(st.sampled_from(nwk.COMMANDS))
    values = data.draw(_values(fields))
    for mask, more in optional:
        if values[0] & mask:
            values += data.draw(_values(more))
    payload = nwk.write_command(identifier, *values)
    assert nwk.read_command(payload) == (identifier, values)


@given(st.data())
def test_every_aps_command(data):
    identifier, chosen_by, fields = data.draw(st.sampled_from(aps.COMMANDS))
    values = data.draw(_values(fields))
    if chosen_by is not None:
        values = (chosen_by, *values[1:])
    payload = aps.write_command(identifier, *values)
    assert aps.read_command(payload) == (identifier, values)


BLOCK = st.sampled_from([aps.FIRST_FRAGMENT, aps.NEXT_FRAGMENT])


@given(
    st.sampled_from([aps.DATA, aps.ACK]),
    OCTET,
    PAYLOAD,
    st.sampled_from([aps.UNICAST, aps.BROADCAST, aps.GROUP]),
    st.tuples(OCTET, OCTET, SHORT, SHORT, SHORT),
    st.booleans(),
    st.booleans(),
    st.one_of(st.none(), st.tuples(BLOCK, OCTET, OCTET)),
)
def test_aps_frames(kind, counter, payload, delivery, addresses, secured, ack, block):
    to, by, cluster, profile, group = addresses
    grouped = delivery == aps.GROUP
    extended = None
    if block is not None:
        fragment, number, received = block
        extended = aps.Block(fragment, number, received if kind == aps.ACK else None)
    frame = aps.ApsFrame(
        kind,
        counter,
        payload,
        delivery,
        None if grouped else to,
        by,
        cluster,
        profile,
        group if grouped else None,
        secured,
        ack,
        extended,
    )
    _same(frame, aps.ApsFrame.decode(frame.encode()))


@given(st.integers(0, 3), st.integers(0, 0xFFFFFFFF), st.one_of(st.none(), EUI64), OCTET)
def test_auxiliary_headers(identifier, counter, source, sequence):
    sequence = sequence if identifier == security.NETWORK else 0
    header = security.AuxiliaryHeader(identifier, counter, source, sequence)
    again, rest = security.split(header.encode() + b"rest")
    _same(header, again)
    assert rest == b"rest"


@given(st.data())
def test_every_zdo_cluster(data):
    cluster, request, response, _ = data.draw(st.sampled_from(zdo.CLUSTERS))
    sequence = data.draw(OCTET)
    values = data.draw(_values(request))
    assert zdo.read(cluster, zdo.write(cluster, sequence, *values)) == (sequence, values)
    answered = (zdo.SUCCESS, *data.draw(_values(response)))
    octets = zdo.write(cluster | zdo.RESPONSE, sequence, *answered)
    if len(octets) > 2:
        assert zdo.read(cluster | zdo.RESPONSE, octets) == (sequence, answered)


READERS = (
    mac.MacFrame.decode,
    mac.Beacon.decode,
    nwk.NwkFrame.decode,
    nwk.read_command,
    aps.ApsFrame.decode,
    aps.read_command,
    security.split,
    mac.without_fcs,
    zdo.read_simple_descriptor,
    lambda octets: mac.MacFrame(mac.COMMAND, 0, payload=octets).command(),
    *(
        lambda octets, cluster=row[0] | response: zdo.read(cluster, octets)
        for row in zdo.CLUSTERS
        for response in (0, zdo.RESPONSE)
    ),
)


@given(st.binary(max_size=130))
@settings(max_examples=500)
def test_any_octets_are_read_or_refused(octets):
    for read in READERS:
        try:
            read(octets)
        except DecodeError:
            continue


@given(st.binary(max_size=130))
@settings(max_examples=500)
def test_what_is_read_is_written_the_same(octets):
    """A decoder that believes two encodings would be a way to forge."""
    for decode in (nwk.NwkFrame.decode, aps.ApsFrame.decode):
        try:
            frame = decode(octets)
        except DecodeError:
            continue
        assert frame.encode() == octets
    try:
        identifier, values = nwk.read_command(octets)
    except DecodeError:
        return
    assert nwk.write_command(identifier, *values) == octets


@given(st.binary(max_size=40))
def test_turned_twice_is_as_before(octets):
    assert layout.turned(layout.turned(octets)) == octets
    assert layout.turned(octets) == octets[::-1]

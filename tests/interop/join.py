"""A whole join on the virtual air: what is captured, and the keys to it."""

from pathlib import Path

from host.radio.capture import KeyFile
from host.radio.stack.types import ApsOption, Role
from tests.host.radio.han import ESME, ESME_KEY, GSME, GSME_KEY, IHD, WELL_KNOWN, Han

SECURED = ApsOption.RETRY | ApsOption.ENCRYPTION

# A ZCL read of the meter's register, to go up to the top.
READ = bytes.fromhex("0001000000")

# A PublishSnapshot whose snapshot takes many blocks.
LONG = b"\x09\x02\x06" + bytes(700)


def record(folder: Path, link_type: int) -> tuple[Path, Path]:
    """Three devices join, are spoken to and go; the capture and the file of keys."""
    han = Han()
    capture = han.capture(folder / "join.pcap", link_type)
    keys = KeyFile(folder / KeyFile.NAME)
    for key, label in ((ESME_KEY, "ESME"), (GSME_KEY, "GSME"), (WELL_KNOWN, "well known")):
        keys.add(key, label)
    esme = han.join(ESME, ESME_KEY, Role.END_DEVICE)
    gsme = han.join(GSME, GSME_KEY, Role.SLEEPY_END_DEVICE)
    router = han.join(IHD, ESME_KEY, Role.ROUTER)
    han.hub.send(esme, READ, SECURED)
    han.hub.send(gsme, READ, SECURED)
    han.run(1)
    gsme.poll()
    han.hub.send(esme, LONG, SECURED)
    han.run(20)
    for device in (esme, router):
        device.node.request_link_key(device.now)
        device.station.settle()
    han.run(3)
    keys.add(han.hub.node.keys.find(ESME).key, "ESME, new")
    han.hub.node.remove_device(esme.node.node_id, ESME, han.hub.now)
    han.hub.station.settle()
    gsme.node.leave(gsme.now)
    gsme.station.settle()
    han.run(20)
    capture.close()
    assert capture.frames > 60
    return folder / "join.pcap", folder / KeyFile.NAME

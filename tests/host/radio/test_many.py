"""As many devices as a CHF's log holds, and many HANs in one process."""

from host.radio.air import Air
from host.radio.schedule import Schedule
from host.radio.stack.types import ApsOption, Role, Status
from tests.host.radio.han import ESME_KEY, GSME_KEY, Han

SECURED = ApsOption.RETRY | ApsOption.ENCRYPTION


def _eui64(number: int, of: int = 0) -> bytes:
    return bytes((0, 0xDB, of, 0, 0, 0, 0, number))


def test_a_hub_with_fifteen_devices():
    han = Han()
    roles = (Role.END_DEVICE, Role.SLEEPY_END_DEVICE, Role.ROUTER)
    devices = [han.join(_eui64(n), ESME_KEY, roles[n % 3]) for n in range(15)]
    for device in devices:
        han.hub.node.keys.put(device.eui64, ESME_KEY)
        han.hub.send(device, device.eui64, SECURED)
        device.send(han.hub, device.eui64, SECURED)
        if device.node.role is Role.SLEEPY_END_DEVICE:
            device.poll()
        han.run(2)
    assert han.hub.sent() == [Status.OK] * 15
    assert han.hub.messages() == [device.eui64 for device in devices]
    for device in devices:
        assert device.messages() == [device.eui64]
    assert len({device.node.node_id for device in devices}) == 15


def test_fifty_hans_at_once():
    air = Air(Schedule())
    hans = []
    for number in range(50):
        x = number // 16 * 400.0
        han = Han(
            air=air,
            channel=11 + number % 16,
            pan_id=number + 1,
            hub=_eui64(0xA2, number),
            place=(x, 0.0),
        )
        meters = [
            han.join(_eui64(0xA0, number), ESME_KEY, Role.END_DEVICE, (x + 3, 0.0)),
            han.join(_eui64(0xA1, number), GSME_KEY, Role.SLEEPY_END_DEVICE, (x, 3.0)),
        ]
        hans.append((han, meters))
    message = bytes(300)
    for han, meters in hans:
        for meter, key in zip(meters, (ESME_KEY, GSME_KEY), strict=True):
            han.hub.node.keys.put(meter.eui64, key)
            meter.send(han.hub, message, SECURED)
    for _ in range(40):
        for _, (_, sleeper) in hans:
            sleeper.poll()
        air.schedule.run(0.25)
    for han, meters in hans:
        assert han.hub.messages() == [message, message]
        assert [meter.sent() for meter in meters] == [[Status.OK]] * 2
        assert han.hub.node.counters()["nwk forged"] == 0

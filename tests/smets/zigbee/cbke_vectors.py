"""The worked examples of key establishment (Smart Energy, C.5.3 and C.6.3): U joins V.

The CA is Certicom's test CA, whose private key is not public. The ephemeral private keys of suite
2 are given above the order of the curve; what counts is their remainder.
"""

from smets.crypto.koblitz import curve


class Side:
    """What one device has and sends."""

    def __init__(self, suite, eui, certificate, private_key, public_key, ephemeral, mac):
        self.eui = bytes.fromhex(eui)
        self.certificate = bytes.fromhex(certificate)
        self.private_key = bytes.fromhex(private_key)
        self.public_key = bytes.fromhex(public_key)
        key, self.ephemeral_public_key = (bytes.fromhex(text) for text in ephemeral)
        scalar = int.from_bytes(key, "big") % curve(suite).n
        self.ephemeral_private_key = scalar.to_bytes(len(key), "big")
        self.mac = bytes.fromhex(mac)


class Example:
    """Both devices, and what they agree on."""

    def __init__(self, suite, ca_public_key, u, v, secret, mac_key, link_key):
        self.suite = suite
        self.ca_public_key = bytes.fromhex(ca_public_key)
        self.u = Side(suite, *u)
        self.v = Side(suite, *v)
        self.secret = bytes.fromhex(secret)
        self.mac_key = bytes.fromhex(mac_key)
        self.link_key = bytes.fromhex(link_key)


def examples():
    """Both of them, made anew for the sake of a small heap."""
    yield Example(
        1,
        "0200fde8a7f3d1084224962a4e7c54e69ac3f04da6b8",
        (
            "0000000000000002",
            "020615e07d30eca2dad58002e667d94bc1b422398307"
            "0000000000000002544553545345434101090006000000000000",
            "01e9ddb5580cf72ece7f215f0ae594e48df3e7fee8",
            "03025bba38d0c7b5436b68df728f093e7a1d6c437e6d",
            (
                "0013d36de4b1ea8e22739c381370823f404bff8862",
                "0300e117c86d0e7cd128b2f34e9076cff24af46d7288",
            ),
            "b82f1f9774740c32f80fcfc3921b6420",
        ),
        (
            "0000000000000001",
            "03045fdfc8d85ffb8b3993cb72ddcaa55f00b3e87d6d"
            "0000000000000001544553545345434101090006000000000000",
            "00b8a900fcadebabbfa383b540fce9ed438395eaa7",
            "030290a1f5c08dad5f2945e335620c7a98fac46666a1",
            (
                "03d48c7210ddbcc4fb2e5e7a0aa16a0db89540820b",
                "0306ab52062201d995b8b8591f3f086a3a2e214d845e",
            ),
            "79d5f2ad1c31d4d1ee7cb719ac683c3c",
        ),
        "00e0d2c3ccd5c106a89c4f6cc26a5f7ec9df78a7be",
        "90f967b22c8357c10c1c04788de9e848",
        "86d58aaa998e2faefaf9fef49606543a",
    )
    yield Example(
        2,
        "0207a445022d9f39f49bdc38380026a27a9e0a1799313ab28c5c1a1c6b605154db1dff6752",
        (
            "0a0b0c0d0e0f1012",
            "0084a933b37f018dec0d081112131415161718005292a38affffffff0a0b0c0d0e0f101288"
            "03076277e2f7e2252b16a0e92b6e8771bb3f207946cbd4a45d9a9df6edab8c796a48e89dec",
            "00f2561adb39ef49c1d62ef5186c6e0c158a5a45bfce38660931acc3694592d5acde9006",
            "03030e56f7ade866e76372764ba20a9ff1fe4cae522f94839e70f2adfc1ca3e97f4ddcaf2e",
            (
                "0013d36de4b1ea8e22739c381370823f404bff8862b521feca9871fb3691846d361304b4",
                "0305f3394e15680660eecaa36788d9b6f312b971ce2c9617570bf7dfcd21c972017762c332",
            ),
            "bf7e1a26d4ef7038b56813e465a131c9",
        ),
        (
            "0a0b0c0d0e0f1011",
            "002622a505e8938f270d081112131415161718005292a35bffffffff0a0b0c0d0e0f101188"
            "0303b4e9dc543a64333c982308022b54e67e2f15f532551b0a11e2e2c1c1d3097a4324e7ed",
            "0151cd0dbcb80474bf7ac9feebe39c7a32a63518938fca9754aae132bc9c73be94a7e1be",
            "0202f4fa2a3040433c6820299d182a1042e41404e337c57f47716b42dfaf970f1580a04c9b",
            (
                "03d48c7210ddbcc4fb2e5e7a0aa16a0db89540820b8dc091ab521ea824afe117cade995b",
                "03009a5131cf5b92a016378c0f7f284ecd47f94010f875d43bf1e9a65474adbfc63696a930",
            ),
            "c5b432a9995a092f4449f83613930064",
        ),
        "04f7724a9a77b21d2747ccef68a457e45246c4be9f66fd9425227bcb2cc5180ea9cccb9a",
        "ed380a00296600fb6b893025de5fd137",
        "aa4689c70be0faf0c9be534abd9f4cdc",
    )

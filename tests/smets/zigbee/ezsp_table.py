"""The EZSP table, wherever these tests run."""


def table():
    try:
        from smets.codec import table_text
        from smets.zigbee import ezsp_text
    except ImportError:  # a board has the packed table alone
        from board.tables import open_table

        return open_table("zigbee/ezsp")
    return table_text.in_memory(ezsp_text.packed())

"""The tables of the settlement store. Times are seconds since 2000 (UTC), dates are named."""

from host.settlement.half_hours import HALF_HOURS_A_DAY

COLUMNS = tuple(f"h{n:02d}" for n in range(1, HALF_HOURS_A_DAY + 1))

_HALF_HOURS = ", ".join(f"{column} INTEGER" for column in COLUMNS)
TABLES = (
    """CREATE TABLE IF NOT EXISTS hand_over (
        hand_over_id BIGINT PRIMARY KEY, received_at BIGINT NOT NULL, new INTEGER NOT NULL,
        unchanged INTEGER NOT NULL, revised INTEGER NOT NULL, rejected INTEGER NOT NULL)""",
    f"""CREATE TABLE IF NOT EXISTS meter_day (
        mpan VARCHAR NOT NULL, utc_date DATE NOT NULL, device VARCHAR NOT NULL,
        version INTEGER NOT NULL, actual BIGINT NOT NULL, revised BIGINT NOT NULL,
        {_HALF_HOURS}, PRIMARY KEY (mpan, utc_date))""",
    """CREATE TABLE IF NOT EXISTS superseded_read (
        mpan VARCHAR NOT NULL, utc_date DATE NOT NULL, half_hour INTEGER NOT NULL,
        version INTEGER NOT NULL, wh INTEGER NOT NULL, hand_over_id BIGINT NOT NULL,
        PRIMARY KEY (mpan, utc_date, half_hour, version))""",
    """CREATE TABLE IF NOT EXISTS rejected_read (
        mpan VARCHAR NOT NULL, device VARCHAR NOT NULL, direction VARCHAR NOT NULL,
        start BIGINT NOT NULL, wh BIGINT NOT NULL, reason VARCHAR NOT NULL,
        hand_over_id BIGINT NOT NULL,
        PRIMARY KEY (mpan, device, direction, start, wh, reason))""",
    """CREATE TABLE IF NOT EXISTS gas_read (
        mprn VARCHAR NOT NULL, start BIGINT NOT NULL, version INTEGER NOT NULL,
        device VARCHAR NOT NULL, volume INTEGER NOT NULL, received_at BIGINT NOT NULL,
        PRIMARY KEY (mprn, start, version))""",
    """CREATE TABLE IF NOT EXISTS registration (
        mpan VARCHAR NOT NULL, supplier VARCHAR NOT NULL, llf_class VARCHAR NOT NULL,
        effective_from DATE NOT NULL, effective_to DATE, direction VARCHAR NOT NULL,
        gsp_group VARCHAR NOT NULL, fuse_rating_amperes INTEGER NOT NULL,
        phases INTEGER NOT NULL, distributor_id VARCHAR NOT NULL,
        PRIMARY KEY (mpan, effective_from))""",
    """CREATE TABLE IF NOT EXISTS line_loss_factor (
        distributor_id VARCHAR NOT NULL, llf_class VARCHAR NOT NULL,
        settlement_date DATE NOT NULL, thousandths INTEGER[] NOT NULL,
        PRIMARY KEY (distributor_id, llf_class, settlement_date))""",
    """CREATE TABLE IF NOT EXISTS group_take (
        gsp_group VARCHAR NOT NULL, settlement_date DATE NOT NULL, wh BIGINT[] NOT NULL,
        PRIMARY KEY (gsp_group, settlement_date))""",
    """CREATE TABLE IF NOT EXISTS settlement_run (
        settlement_date DATE NOT NULL, run VARCHAR NOT NULL, version INTEGER NOT NULL,
        sha256 VARCHAR NOT NULL, document VARCHAR NOT NULL,
        PRIMARY KEY (settlement_date, run, version))""",
)

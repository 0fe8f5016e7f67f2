-- EUI-64s are BLOBs of 8 octets, 64-bit counters BLOBs of 8 octets (big-endian, so that they sort),
-- times UTC seconds since 2000-01-01.

CREATE TABLE IF NOT EXISTS device (
    eui BLOB PRIMARY KEY,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    manufacturer TEXT NOT NULL,
    model TEXT NOT NULL,
    smets_chts_version TEXT,
    firmware_version TEXT,
    esme_variant TEXT,
    associated_gpf BLOB,
    import_mpxn TEXT,
    secondary_import_mpan TEXT,
    export_mpan TEXT,
    commissioned INTEGER,
    hub BLOB
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS device_hub ON device (hub);

-- Whose certificates a device holds, as far as responses have told.
CREATE TABLE IF NOT EXISTS cell_holder (
    device BLOB NOT NULL,
    role INTEGER NOT NULL,
    party BLOB NOT NULL,
    PRIMARY KEY (device, role)
) WITHOUT ROWID;

-- The device logs of CHFs and GPFs: payload of the last alert that told one.
CREATE TABLE IF NOT EXISTS device_log_backup (device BLOB PRIMARY KEY, payload BLOB NOT NULL)
    WITHOUT ROWID;

-- Devices that are joined with each other; `one` is the lesser EUI-64.
CREATE TABLE IF NOT EXISTS joined (
    one BLOB NOT NULL,
    other BLOB NOT NULL,
    PRIMARY KEY (one, other)
) WITHOUT ROWID;

-- Who is responsible for a supply point.
CREATE TABLE IF NOT EXISTS registration (
    mpxn TEXT NOT NULL,
    role TEXT NOT NULL,
    party BLOB NOT NULL,
    PRIMARY KEY (mpxn, role)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS suspended_user (party BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS webhook (party BLOB PRIMARY KEY, url TEXT NOT NULL) WITHOUT ROWID;

-- The last originator counter that the broker used.
CREATE TABLE IF NOT EXISTS broker_counter (party BLOB PRIMARY KEY, value INTEGER NOT NULL)
    WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS request (
    id INTEGER PRIMARY KEY,
    originator BLOB NOT NULL,
    target BLOB NOT NULL,
    counter BLOB NOT NULL,
    state TEXT NOT NULL,
    document BLOB NOT NULL,          -- the verified request, canonical XML
    accepted INTEGER NOT NULL,
    message_code INTEGER,
    business_originator BLOB,        -- in the grouping header of the command
    business_counter BLOB,
    pre_command BLOB,
    due INTEGER,                     -- when it may go out
    deadline INTEGER,                -- when a response is given up
    UNIQUE (originator, target, counter)
);
CREATE INDEX IF NOT EXISTS request_command
    ON request (target, business_originator, business_counter);
CREATE INDEX IF NOT EXISTS request_deadline ON request (deadline) WHERE deadline IS NOT NULL;

-- Keeps the message identifiers of this file apart from those of an earlier one.
CREATE TABLE IF NOT EXISTS instance (value TEXT NOT NULL);

-- Messages to hubs until the hub has stored them.
CREATE TABLE IF NOT EXISTS wan_outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hub BLOB NOT NULL,
    device BLOB NOT NULL,
    message BLOB NOT NULL,
    request INTEGER NOT NULL,
    due INTEGER NOT NULL,
    acknowledged INTEGER
);
CREATE INDEX IF NOT EXISTS wan_outbox_waiting ON wan_outbox (hub, due) WHERE acknowledged IS NULL;
CREATE INDEX IF NOT EXISTS wan_outbox_request ON wan_outbox (request);

-- What hubs have sent, so that a repeated message is taken once.
CREATE TABLE IF NOT EXISTS wan_inbox (
    hub BLOB NOT NULL,
    id TEXT NOT NULL,
    received INTEGER NOT NULL,
    PRIMARY KEY (hub, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alert_seen (
    device BLOB NOT NULL,
    counter BLOB NOT NULL,
    PRIMARY KEY (device, counter)
) WITHOUT ROWID;
-- Alerts counted per future dated command, which may have several instructions.
CREATE TABLE IF NOT EXISTS instruction (
    request INTEGER NOT NULL,
    alert_counter BLOB NOT NULL,
    PRIMARY KEY (request, alert_counter)
) WITHOUT ROWID;

-- Documents to users until their webhook has taken them; signed already.
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    party BLOB NOT NULL,
    document BLOB NOT NULL,
    created INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT
);
CREATE INDEX IF NOT EXISTS delivery_waiting ON delivery (due) WHERE state = 'waiting';

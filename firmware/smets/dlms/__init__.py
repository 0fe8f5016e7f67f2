"""A-XDR, xDLMS APDUs, ACSE, HDLC and wrapper framing."""

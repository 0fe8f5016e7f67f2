"""The DCC stub: DUIS gateway, transform, access control broker, SMKI, inventory."""

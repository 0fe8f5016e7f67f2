"""The communications hub: CHF, HAN link and WAN link."""

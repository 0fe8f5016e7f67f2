"""The hub's Zigbee side: a Smart Energy coordinator on zigpy and bellows, and the HAN on it."""

"""The simulated radio: co-processors, Zigbee PRO nodes, and the virtual air between them."""

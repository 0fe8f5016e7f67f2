"""A Zigbee PRO node as an engine: frames and the time in, frames and events out."""

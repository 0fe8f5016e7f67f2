"""The smart metering inventory: devices and their statuses."""

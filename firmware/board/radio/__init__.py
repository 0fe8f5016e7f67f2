"""The radios of a board: drivers of `smets.zigbee.driver` by their names."""

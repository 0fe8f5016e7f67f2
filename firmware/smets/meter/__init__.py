"""The electricity and the gas meter: measuring, tariff, supply, logs."""

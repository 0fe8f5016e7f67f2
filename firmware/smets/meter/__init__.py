"""The electricity meter: measuring, tariff, supply, logs."""

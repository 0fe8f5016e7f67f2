"""GBCS messages: headers, protection, counters, payloads, use cases, alerts, UTRN."""

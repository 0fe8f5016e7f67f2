"""The shell around the engine: HTTP, WebSocket, webhooks, time. No rule of the DCC stands here."""

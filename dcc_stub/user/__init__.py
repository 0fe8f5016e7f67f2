"""The DCC user's side: making requests, receiving responses, opening what devices say."""

"""Outgoing effects: HTTP calls, messages, authentication, capping, throttling and retries."""

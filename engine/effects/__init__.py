"""The edge to the outside world: calls, messages, secrets on the way, and the rules that hold them back."""

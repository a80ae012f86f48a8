"""The meaning of a journey, pure: no clock, no input or output, no randomness but the instance's own counted draws."""

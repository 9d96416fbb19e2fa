"""What a caller sees when a provider fails, over real HTTP."""

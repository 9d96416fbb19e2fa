"""What the laws of the layers share, and layers that break one law each."""

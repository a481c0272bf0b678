"""The neural networks: weights, the runtime, and what their outputs mean."""

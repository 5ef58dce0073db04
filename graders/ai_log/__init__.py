"""The AI usage log as it was written: this package finds it, reads its shapes, and holds its claims against git."""

"""What a person converts to: whether the model is ready, the formats worth taking, and all the others."""

"""Makes outputs, state and offsets durable: batches, transactions, fencing."""

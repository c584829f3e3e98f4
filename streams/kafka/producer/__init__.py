"""How outputs, state and offsets become durable: batches, transactions, fencing."""

"""The one package that uses Kafka clients and Faust's internals."""

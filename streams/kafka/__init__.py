"""The one package that touches Kafka and Faust's insides."""

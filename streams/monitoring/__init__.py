"""What ops teams load into Prometheus, Alertmanager and Grafana, made from the policy that the workers run."""

